package io.coxswain.worker.step;

import static io.coxswain.worker.step.Scripts.BATCH;
import static io.coxswain.worker.step.Scripts.PATIENCE;
import static io.coxswain.worker.step.Scripts.down;
import static io.coxswain.worker.step.Scripts.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.types.ReservedPort;
import io.coxswain.v1.Gather;
import io.coxswain.v1.StepUp;
import io.coxswain.worker.step.StepWorld.Transport;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a step stream that breaks, and of one whose coordinator may have lost its reign. */
@Timeout(60)
class StepReopeningTest {
    private static final Duration A_MOMENT = Duration.ofMillis(50);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void shouldOpenALostStreamAgainAndSayTheSameReport() throws Exception {
        var reports = new AtomicInteger();
        StepWorld.Script script = (report, down, world) -> {
            if (reports.incrementAndGet() == 1) {
                down.onError(Status.UNAVAILABLE.withDescription("cut off").asRuntimeException());
            } else {
                down.onNext(down(run(report)));
            }
        };
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script);
                StepStream stream = world.open()) {
            assertThat(stream.agree(BATCH, PATIENCE).step()).isZero();

            StepUp first = world.coordinator().nextStepUp();
            StepUp firstReport = world.coordinator().nextStepUp();
            assertThat(world.coordinator().nextStepUp().getOpen().getSession())
                    .isEqualTo(first.getOpen().getSession() + 1);
            assertThat(world.coordinator().nextStepUp()).isEqualTo(firstReport);
        }
    }

    /** Why it ended the stream comes on the control stream, a little sooner or later. */
    @Test
    void shouldWaitForTheWordOfACoordinatorThatEndsTheStream() throws Exception {
        StepWorld.Script script = (report, down, world) -> {
            down.onError(Status.ABORTED.withDescription("rank 0 is late").asRuntimeException());
            world.client().stopThrough(5, "epoch 5 is over");
        };
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script);
                StepStream stream = world.open()) {
            assertThatThrownBy(() -> stream.agree(BATCH, PATIENCE))
                    .isInstanceOf(StepException.class)
                    .hasMessage("epoch 5 is over");
        }
    }

    /** The channel's own pause after a connection that was refused is longer than all of the stream's attempts. */
    @Test
    void shouldReachACoordinatorThatComesUpBetweenTwoAttempts() throws Exception {
        ReservedPort port = ReservedPort.onLoopback();
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port.number());
        var late = new AtomicReference<@Nullable ScriptedCoordinator>();
        try (port;
                StepWorld world = StepWorld.start(directory, Transport.TCP, Scripts::decide);
                StepClient client = world.connect(new StepTarget(address));
                StepStream stream = client.open(StepWorld.seatOfEpoch(5))) {
            stream.report(BATCH);
            AgreedStep agreed = stream.await(() -> comeUpAtTheSecondCall(late, address), PATIENCE);

            assertThat(agreed).isNotNull();
        } finally {
            ScriptedCoordinator coordinator = late.get();
            if (coordinator != null) {
                coordinator.close();
            }
        }
    }

    @Test
    void shouldGiveUpAStreamThatBreaksAgainAndAgain() throws Exception {
        var reports = new AtomicInteger();
        StepWorld.Script script = (report, down, world) -> {
            reports.incrementAndGet();
            down.onError(Status.UNAVAILABLE.withDescription("cut off").asRuntimeException());
        };
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script);
                StepStream stream = world.open()) {
            assertThatThrownBy(() -> stream.agree(BATCH, PATIENCE))
                    .isInstanceOf(StepException.class)
                    .hasMessageContaining("cut off")
                    .extracting(failure -> ((StepException) failure).kind())
                    .isEqualTo(StepException.Kind.STREAM_LOST);
            assertThat(reports).hasValue(6);
        }
    }

    @Test
    void shouldNotAcceptADecisionWhileItsSessionIsReattaching() throws Exception {
        StepWorld.Script script = (report, down, world) -> down.onNext(down(run(report)));
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script);
                StepStream stream = world.open()) {
            world.acceptance().freeze();
            stream.report(BATCH);
            assertThat(stream.await(StepStream::never, A_MOMENT)).isNull();
            assertThat(world.acceptance().state().accepted()).isNull();

            world.acceptance().thaw();

            assertThat(stream.await(StepStream::never, PATIENCE)).isNotNull();
        }
    }

    @Test
    void shouldConnectAnewToWhereItWasToldToGo() throws Exception {
        StepWorld.Script script = (report, down, world) -> down.onNext(down(run(report)));
        try (StepWorld world = StepWorld.start(directory, Transport.TCP, script)) {
            StepTarget same = new StepTarget(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), world.coordinator().port()));
            try (StepStream stream = world.open()) {
                stream.agree(BATCH, PATIENCE);
            }
            assertThat(world.coordinator().connections()).isEqualTo(1);

            world.client().retarget(same);

            try (StepStream stream = world.open()) {
                stream.agree(BATCH, PATIENCE);
            }
            assertThat(world.coordinator().connections()).isEqualTo(2);
        }
    }

    /** The old coordinator's decision has arrived and is not accepted: the new one's is taken, whatever it says. */
    @Test
    void shouldDiscardWhatAnEarlierCoordinatorsStreamHolds() throws Exception {
        var reports = new AtomicInteger();
        StepWorld.Script script = (report, down, world) -> {
            Gather gather = reports.incrementAndGet() == 1 ? Gather.GATHER_PADDED : Gather.GATHER_VARIABLE;
            down.onNext(down(run(report).setGather(gather)));
        };
        try (StepWorld world = StepWorld.start(directory, Transport.UNIX, script);
                StepStream stream = world.open()) {
            world.acceptance().freeze();
            stream.report(BATCH);
            while (reports.get() == 0) {
                assertThat(stream.await(() -> reports.get() > 0, A_MOMENT)).isNull();
            }
            world.acceptance().beginGeneration();
            assertThat(stream.await(StepStream::never, A_MOMENT))
                    .as("not before the new one says so")
                    .isNull();

            world.acceptance().thaw();

            AgreedStep agreed = stream.await(StepStream::never, PATIENCE);
            assertThat(Objects.requireNonNull(agreed).gather()).isEqualTo(AgreedStep.Gather.VARIABLE);
            assertThat(reports).hasValue(2);
        }
    }

    private final AtomicInteger calls = new AtomicInteger();

    /** At the first call the connection is not tried yet, at the second one it was refused. */
    private boolean comeUpAtTheSecondCall(AtomicReference<@Nullable ScriptedCoordinator> late, SocketAddress address) {
        if (calls.incrementAndGet() == 2) {
            try {
                late.set(ScriptedCoordinator.ofSteps(address, (up, down) -> {
                    if (up.hasReport()) {
                        down.onNext(down(run(up.getReport())));
                    }
                }));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return false;
    }
}
