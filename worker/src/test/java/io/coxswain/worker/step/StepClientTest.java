package io.coxswain.worker.step;

import static io.coxswain.worker.step.Scripts.BATCH;
import static io.coxswain.worker.step.Scripts.EPOCH;
import static io.coxswain.worker.step.Scripts.NOTHING;
import static io.coxswain.worker.step.Scripts.PATIENCE;
import static io.coxswain.worker.step.Scripts.TERM;
import static io.coxswain.worker.step.Scripts.down;
import static io.coxswain.worker.step.Scripts.refusal;
import static io.coxswain.worker.step.Scripts.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.coxswain.v1.Action;
import io.coxswain.v1.StepRefusal;
import io.coxswain.v1.StepReport;
import io.coxswain.worker.step.StepWorld.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class StepClientTest {
    private static final int WAKE_UPS = 2_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldAgreeOnOneStepAfterTheOther(Transport transport) throws Exception {
        try (StepWorld world = StepWorld.start(directory, transport, Scripts::decide)) {
            StepStream stream = world.open();

            for (int step = 0; step < 100; step++) {
                AgreedStep agreed = stream.agree(BATCH, PATIENCE);
                assertThat(agreed.step()).isEqualTo(step);
                assertThat(agreed.numTokensAcrossDp()).containsExactly(12, 7);
            }

            assertThat(world.coordinator().nextStepUp().getOpen().getSession()).isEqualTo(1);
            StepReport first = world.coordinator().nextStepUp().getReport();
            assertThat(first.getTerm()).isEqualTo(TERM);
            assertThat(first.getEpoch()).isEqualTo(EPOCH);
            assertThat(first.getUniformTokenCount()).isEqualTo(4);
            assertThat(first.getVotesList()).containsExactly(0L, -9L);
            assertThat(world.phases().heartbeat().getLastDecidedStep()).isEqualTo(99);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldSendAReportBeforeItIsAwaited(Transport transport) throws Exception {
        try (StepWorld world = StepWorld.start(directory, transport, Scripts::decide)) {
            StepStream stream = world.open();
            stream.agree(BATCH, PATIENCE);
            stream.report(BATCH);

            assertThat(world.coordinator().nextStepUp().hasOpen()).isTrue();
            assertThat(world.coordinator().nextStepUp().getReport().getStep()).isZero();
            assertThat(world.coordinator().nextStepUp().getReport().getStep()).isEqualTo(1);
            assertThat(world.phases().heartbeat().getLastReportedStep()).isEqualTo(1);
            assertThat(world.phases().heartbeat().getLastDecidedStep()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldReplaceAReportOfNothingWhenAnotherThreadBringsWork(Transport transport) throws Exception {
        AtomicBoolean hasWork = new AtomicBoolean();
        StepWorld.Script script = (report, down, world) -> {
            if (report.getRevision() == 0) {
                hasWork.set(true);
                world.client().wakeUp();
            } else {
                down.onNext(down(run(report).addRevisions(0).addRevisions(report.getRevision())));
            }
        };
        try (StepWorld world = StepWorld.start(directory, transport, script)) {
            StepStream stream = world.open();
            stream.report(NOTHING);

            assertThat(stream.await(hasWork::get, PATIENCE)).isNull();
            assertThat(hasWork).isTrue();
            stream.replace(BATCH);
            assertThat(await(stream).revision(1)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldLoseNoWakeUpHoweverItFallsIntoTheWait(Transport transport) throws Exception {
        AtomicInteger given = new AtomicInteger();
        Semaphore taken = new Semaphore(0);
        try (StepWorld world = StepWorld.start(directory, transport, (report, down, w) -> {})) {
            StepStream stream = world.open();
            stream.report(NOTHING);
            CompletableFuture<Void> giver = CompletableFuture.runAsync(() -> {
                for (int i = 1; i <= WAKE_UPS; i++) {
                    given.set(i);
                    world.client().wakeUp();
                    taken.acquireUninterruptibly();
                }
            });
            for (int i = 1; i <= WAKE_UPS; i++) {
                int wanted = i;
                assertThat(stream.await(() -> given.get() == wanted, PATIENCE)).isNull();
                assertThat(given).hasValue(wanted);
                taken.release();
            }
            giver.get();
        }
    }

    @Test
    void shouldTakeTheDecisionThatAReplacementCrossed() throws Exception {
        StepWorld.Script script = (report, down, world) -> {
            StepReport decided = report.toBuilder().setNumTokens(0).build();
            if (report.getStep() == 1) {
                down.onNext(down(run(decided)));
            } else if (report.getRevision() == 1) {
                down.onNext(down(run(decided)));
                down.onNext(down(run(decided)));
                down.onNext(refusal(report, StepRefusal.Kind.KIND_ALREADY_DECIDED, "too late"));
            }
        };
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script)) {
            StepStream stream = world.open();
            stream.report(NOTHING);
            stream.replace(BATCH);

            assertThat(await(stream).revision(1)).isZero();
            assertThat(stream.agree(BATCH, PATIENCE).step()).isEqualTo(1);
        }
    }

    @Test
    void shouldOnlyReplaceAReportThatSaidNothing() throws Exception {
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, (report, down, w) -> {})) {
            StepStream stream = world.open();

            assertThatIllegalStateException()
                    .isThrownBy(() -> stream.replace(BATCH))
                    .withMessageContaining("not reported");
            stream.report(NOTHING);
            assertThatIllegalStateException()
                    .isThrownBy(() -> stream.report(BATCH))
                    .withMessageContaining("not decided");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> stream.replace(NOTHING))
                    .withMessageContaining("neither tokens nor other votes");
            stream.replace(BATCH);
            assertThatIllegalStateException()
                    .isThrownBy(() -> stream.replace(BATCH))
                    .withMessageContaining("12 tokens");
        }
    }

    @Test
    void shouldCountSessionsUpWithEveryStream() throws Exception {
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, Scripts::decide)) {
            StepStream first = world.open();
            first.agree(BATCH, PATIENCE);
            assertThatIllegalStateException().isThrownBy(world::open).withMessageContaining("a step stream is open");
            first.close();
            StepStream second = world.client().open(StepWorld.seatOfEpoch(6));

            assertThat(second.agree(BATCH, PATIENCE).step()).isZero();
            world.coordinator().nextStepUp();
            world.coordinator().nextStepUp();
            assertThat(world.coordinator().nextStepUp().getOpen().getSession()).isEqualTo(2);
        }
    }

    @Test
    void shouldReadTheLastDecisionOfAStreamThatHasClosed() throws Exception {
        StepWorld.Script script = (report, down, world) -> {
            down.onNext(down(run(report).setAction(Action.ACTION_STOP).clearNumTokensAcrossDp()));
            down.onCompleted();
        };
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script)) {
            StepStream stream = world.open();

            assertThat(stream.agree(NOTHING, PATIENCE).action()).isEqualTo(AgreedStep.Action.STOP);
            assertThatIllegalStateException()
                    .isThrownBy(() -> stream.report(BATCH))
                    .withMessageContaining("STOP");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldRehearseUnseen(Transport transport) throws Exception {
        StepWorld.Script script = (report, down, world) ->
                down.onNext(down(run(report).clearNumTokensAcrossDp().addNumTokensAcrossDp(1)));
        try (StepWorld world = StepWorld.start(directory, transport, script)) {
            assertThat(world.client().rehearse(50, PATIENCE, () -> false)).isEqualTo(50);
            assertThat(world.phases().heartbeat().hasLastReportedStep()).isFalse();
        }
    }

    @Test
    void shouldEndARehearsalWithItsBudget() throws Exception {
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, (report, down, w) -> {})) {
            assertThat(world.client().rehearse(50, Duration.ofMillis(50), () -> false))
                    .isZero();
        }
    }

    private static AgreedStep await(StepStream stream) {
        return Objects.requireNonNull(stream.await(StepStream::never, PATIENCE));
    }
}
