package io.coxswain.worker.step;

import static io.coxswain.worker.step.Scripts.BATCH;
import static io.coxswain.worker.step.Scripts.EPOCH;
import static io.coxswain.worker.step.Scripts.PATIENCE;
import static io.coxswain.worker.step.Scripts.down;
import static io.coxswain.worker.step.Scripts.refusal;
import static io.coxswain.worker.step.Scripts.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.coxswain.types.ReservedPort;
import io.coxswain.v1.Gather;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepRefusal;
import io.coxswain.worker.step.StepException.Kind;
import io.coxswain.worker.step.StepWorld.Transport;
import io.grpc.Status;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class StepFailureTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldFreeTheForwardThreadWhenItsEpochIsAborted(Transport transport) throws Exception {
        StepWorld.Script script = (report, down, world) -> world.client().stopThrough(5, "rank 1 is lost");
        try (StepWorld world = StepWorld.start(directory, transport, script)) {
            StepStream stream = world.open();

            assertThatStepFails(Kind.STOPPED, () -> stream.agree(BATCH, PATIENCE))
                    .withMessage("rank 1 is lost");
            stream.close();
            assertThatStepFails(Kind.STOPPED, world::open).withMessage("rank 1 is lost");
            assertThat(world.client().open(StepWorld.seatOfEpoch(6)).step()).isZero();
        }
    }

    @Test
    void shouldNotHandOutADecisionOfAnAbortedEpoch() throws Exception {
        StepWorld.Script script = (report, down, world) -> {
            world.client().stopThrough(5, "rank 1 is lost");
            down.onNext(down(run(report)));
        };
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script)) {
            StepStream stream = world.open();

            assertThatStepFails(Kind.STOPPED, () -> stream.agree(BATCH, PATIENCE));
        }
    }

    @Test
    void shouldRefuseACoordinatorOfALowerTerm() throws Exception {
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, decidingInTerm(2))) {
            StepStream stream = world.open();

            assertThatStepFails(Kind.STALE_TERM, () -> stream.agree(BATCH, PATIENCE))
                    .withMessageContaining("term 2")
                    .withMessageContaining("promised term 3");
        }
    }

    @Test
    void shouldFollowACoordinatorOfAHigherTerm() throws Exception {
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, decidingInTerm(4))) {
            world.open().agree(BATCH, PATIENCE);

            assertThat(world.term().current().getNumber()).isEqualTo(4);
        }
    }

    enum Breach {
        OTHER_EPOCH,
        LATER_STEP,
        MISSING_COUNT,
        SECOND_DECISION;

        StepDecision.Builder applyTo(StepDecision.Builder decision) {
            return switch (this) {
                case OTHER_EPOCH -> decision.setEpoch(EPOCH.toBuilder().setNumber(4));
                case LATER_STEP -> decision.setStep(9);
                case MISSING_COUNT -> decision.clearNumTokensAcrossDp();
                case SECOND_DECISION -> decision.setGather(Gather.GATHER_VARIABLE);
            };
        }
    }

    @ParameterizedTest
    @EnumSource(Breach.class)
    void shouldRefuseADecisionThatTheContractForbids(Breach breach) throws Exception {
        StepWorld.Script script = (report, down, world) -> {
            if (breach == Breach.SECOND_DECISION) {
                down.onNext(down(run(report)));
            }
            down.onNext(down(breach.applyTo(run(report))));
        };
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script)) {
            StepStream stream = world.open();

            assertThatStepFails(Kind.CONTRACT_BROKEN, () -> {
                stream.agree(BATCH, PATIENCE);
                stream.agree(BATCH, PATIENCE);
            });
        }
    }

    @Test
    void shouldTellWhyAReportWasRefused() throws Exception {
        StepWorld.Script script = (report, down, world) ->
                down.onNext(refusal(report, StepRefusal.Kind.KIND_INVALID, "num_tokens is 12; allowed is 8"));
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script)) {
            StepStream stream = world.open();

            assertThatStepFails(Kind.REFUSED, () -> stream.agree(BATCH, PATIENCE))
                    .withMessageContaining("num_tokens is 12; allowed is 8");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            names = {"OK", "ABORTED", "FAILED_PRECONDITION"})
    void shouldTellHowTheStreamEnded(Status.Code code) throws Exception {
        StepWorld.Script script = (report, down, world) -> {
            if (code == Status.Code.OK) {
                down.onCompleted();
            } else {
                down.onError(code.toStatus().withDescription("as scripted").asRuntimeException());
            }
        };
        try (StepWorld world = StepWorld.start(directory, Transport.TCP, script)) {
            StepStream stream = world.open();
            Kind kind = code == Status.Code.ABORTED ? Kind.EPOCH_ENDED : Kind.STREAM_LOST;

            assertThatStepFails(kind, () -> stream.agree(BATCH, PATIENCE)).withMessageContaining(code.name());
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldNameTheAddressWhereNobodyListens(Transport transport) throws Exception {
        ReservedPort port = ReservedPort.onLoopback();
        StepTarget nobody = new StepTarget(
                transport == Transport.UNIX
                        ? new DomainSocketAddress(directory.resolve("nobody").toString())
                        : new InetSocketAddress(InetAddress.getLoopbackAddress(), port.number()));
        try (port;
                StepWorld world = StepWorld.start(directory, transport, Scripts::decide);
                StepClient client = world.connect(nobody)) {
            StepStream stream = client.open(StepWorld.seatOfEpoch(5));

            assertThatStepFails(Kind.STREAM_LOST, () -> stream.agree(BATCH, PATIENCE))
                    .withMessageContaining(nobody.toString());
        }
    }

    @Test
    void shouldKeepAReportOpenWhoseDecisionIsLate() throws Exception {
        CompletableFuture<Runnable> late = new CompletableFuture<>();
        StepWorld.Script script = (report, down, world) -> late.complete(() -> down.onNext(down(run(report))));
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script)) {
            StepStream stream = world.open();

            assertThatStepFails(Kind.TIMED_OUT, () -> stream.agree(BATCH, Duration.ofMillis(50)))
                    .withMessageContaining("no decision for step 0 of epoch 5");
            Thread answer = new Thread(() -> late.join().run());
            answer.start();
            assertThat(stream.await(StepStream::never, PATIENCE)).isNotNull();
            answer.join();
        }
    }

    @Test
    void shouldServeNoOtherThread() throws Exception {
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, Scripts::decide)) {
            StepStream stream = world.open();

            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> CompletableFuture.runAsync(() -> stream.report(BATCH))
                            .get())
                    .withCauseInstanceOf(IllegalStateException.class)
                    .withMessageContaining(
                            "belongs to thread " + Thread.currentThread().getName());
        }
    }

    private static StepWorld.Script decidingInTerm(long number) {
        return (report, down, world) -> {
            StepDown.Builder decision = down(run(report)).toBuilder();
            decision.getTermBuilder().setNumber(number);
            down.onNext(decision.build());
        };
    }

    private static ThrowableAssertAlternative<StepException> assertThatStepFails(Kind kind, ThrowingCallable call) {
        return assertThatExceptionOfType(StepException.class).isThrownBy(call).matches(e -> e.kind() == kind);
    }
}
