package io.coxswain.worker.step;

import static io.coxswain.worker.step.Scripts.BATCH;
import static io.coxswain.worker.step.Scripts.PATIENCE;
import static io.coxswain.worker.step.Scripts.down;
import static io.coxswain.worker.step.Scripts.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.v1.Gather;
import io.coxswain.v1.StepUp;
import io.coxswain.worker.step.StepWorld.Transport;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
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
            assertThat(stream.await(() -> reports.get() > 0, A_MOMENT)).isNull();
            world.acceptance().beginGeneration();
            assertThat(stream.await(StepStream::never, A_MOMENT))
                    .as("not before the new one says so")
                    .isNull();

            world.acceptance().thaw();

            AgreedStep agreed = stream.await(StepStream::never, PATIENCE);
            assertThat(agreed).isNotNull();
            assertThat(agreed.gather()).isEqualTo(AgreedStep.Gather.VARIABLE);
            assertThat(reports).hasValue(2);
        }
    }
}
