package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.v1.JobEnded;
import io.coxswain.worker.collective.CollectiveAbortedException;
import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.tcp.TcpCollectiveBackend;
import io.coxswain.worker.collective.tcp.TcpConfig;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.cpu.CpuDevice;
import io.coxswain.worker.device.cpu.CpuDeviceConfig;
import io.coxswain.worker.runner.ScriptedSteps;
import io.coxswain.worker.step.EpochAbort;
import io.coxswain.worker.step.JobEnd;
import io.coxswain.worker.step.StepException;
import io.coxswain.worker.step.StepFacts;
import io.coxswain.worker.step.StepStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EpochGateTest {

    private static final Duration PATIENCE = Duration.ofSeconds(50);
    private static final StepFacts NOTHING = StepFacts.nothingToRun(List.of());
    private static final EpochAbort ABORT = new EpochAbort(ScriptedSteps.EPOCH_NUMBER, List.of(0), "rank 0 has gone");

    private final EpochGate gate = new EpochGate(reason -> {});
    private final Device device = CpuDevice.open(new CpuDeviceConfig(1));
    private final CollectiveBackend backend = TcpCollectiveBackend.open(
            device, new TcpConfig(InetAddress.getLoopbackAddress(), PATIENCE), System::nanoTime);

    @AfterEach
    void close() {
        backend.close();
        device.close();
    }

    @Test
    void shouldEndAWaitForADecisionWhenTheEpochIsAborted() throws Exception {
        waitEnds(open -> open.onAbort(ABORT), "rank 0 has gone");
    }

    @Test
    void shouldEndAWaitForADecisionWhenTheCoordinatorIsLost() throws Exception {
        waitEnds(open -> open.onCoordinatorLost("no heartbeat for 5 s"), "no heartbeat for 5 s");
    }

    @Test
    void shouldEndAWaitForADecisionWhenTheJobHasFailed() throws Exception {
        waitEnds(
                open -> open.onJobEnded(new JobEnd(JobEnded.Outcome.OUTCOME_FAILED, "place 0 is lost", List.of(0))),
                "place 0 is lost");
    }

    @Test
    void shouldLetTheLoopFinishByItselfWhenTheJobHasEndedWell() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {});
                Communicator communicator = communicator();
                StepStream stream = steps.open()) {
            gate.guard(steps.client());
            gate.guard(ScriptedSteps.EPOCH_NUMBER, communicator);

            gate.onJobEnded(new JobEnd(JobEnded.Outcome.OUTCOME_STOPPED, "all have finished", List.of()));

            stream.report(NOTHING);
            assertThat(stream.await(() -> true, PATIENCE)).isNull();
            communicator.abort("the first reason is this test's");
            assertThatThrownBy(communicator::connect).hasMessageContaining("the first reason is this test's");
        }
    }

    @Test
    void shouldEndTheWaitsOfAStepClientThatComesAfterTheAbort() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {})) {
            gate.onAbort(ABORT);

            gate.guard(steps.client());

            assertThatThrownBy(steps::open)
                    .isInstanceOf(StepException.class)
                    .hasMessage("rank 0 has gone")
                    .extracting(failure -> ((StepException) failure).kind())
                    .isEqualTo(StepException.Kind.STOPPED);
        }
    }

    @Test
    void shouldLeaveALaterEpochsStepsOpen() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {})) {
            gate.guard(steps.client());

            gate.onAbort(new EpochAbort(ScriptedSteps.EPOCH_NUMBER - 1, List.of(), "an epoch before"));

            try (StepStream stream = steps.open()) {
                stream.report(NOTHING);
                assertThat(stream.await(() -> true, PATIENCE)).isNull();
            }
        }
    }

    @Test
    void shouldFreeACommunicatorThatWaitsForItsPeers() throws Exception {
        try (Communicator communicator = communicator()) {
            gate.guard(ScriptedSteps.EPOCH_NUMBER, communicator);
            var connecting = new CountDownLatch(1);
            var aborter = new Thread(() -> {
                try {
                    connecting.await();
                    gate.onAbort(ABORT);
                } catch (InterruptedException given) {
                    Thread.currentThread().interrupt();
                }
            });
            aborter.start();

            connecting.countDown();
            assertThatThrownBy(communicator::connect)
                    .isInstanceOf(CollectiveAbortedException.class)
                    .hasMessageContaining("rank 0 has gone");
            aborter.join();
        }
    }

    @Test
    void shouldAbortACommunicatorThatComesAfterTheEnd() throws Exception {
        gate.onCoordinatorLost("no heartbeat for 5 s");
        try (Communicator communicator = communicator()) {
            gate.guard(ScriptedSteps.EPOCH_NUMBER, communicator);

            assertThatThrownBy(communicator::connect)
                    .isInstanceOf(CollectiveAbortedException.class)
                    .hasMessageContaining("no heartbeat for 5 s");
        }
    }

    @Test
    void shouldEndAPlannedEpochAloneWhenItIsCancelled() throws Exception {
        long planned = ScriptedSteps.EPOCH_NUMBER + 1;
        try (var steps = ScriptedSteps.start((report, down) -> {});
                Communicator next = communicator();
                StepStream stream = steps.open()) {
            gate.guard(steps.client());
            gate.guard(planned, next);

            gate.onPlannedAbort(new EpochAbort(planned, List.of(), "rank 2 could not prepare"));

            stream.report(NOTHING);
            assertThat(stream.await(() -> true, PATIENCE))
                    .as("the running epoch goes on")
                    .isNull();
            assertThatThrownBy(next::connect).hasMessageContaining("rank 2 could not prepare");
        }
    }

    @Test
    void shouldAbortAPlannedEpochThatWasCancelledBeforeItsCommunicatorWasMade() throws Exception {
        long planned = ScriptedSteps.EPOCH_NUMBER + 1;
        gate.onPlannedAbort(new EpochAbort(planned, List.of(), "rank 2 could not prepare"));
        try (Communicator next = communicator()) {
            gate.guard(planned, next);

            assertThatThrownBy(next::connect).hasMessageContaining("rank 2 could not prepare");
        }
    }

    /** The end comes from the server's thread, while this one waits for the decision that the report asked for. */
    private void waitEnds(Consumer<EpochGate> end, String reason) throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> end.accept(gate));
                StepStream stream = steps.open()) {
            gate.guard(steps.client());
            stream.report(NOTHING);

            assertThatThrownBy(() -> stream.await(() -> false, PATIENCE))
                    .isInstanceOf(StepException.class)
                    .hasMessage(reason)
                    .extracting(failure -> ((StepException) failure).kind())
                    .isEqualTo(StepException.Kind.STOPPED);
        }
    }

    /** Of rank 0 of two, whose peer never comes. */
    private Communicator communicator() throws Exception {
        try (var absent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var peer = new InetSocketAddress(absent.getInetAddress(), absent.getLocalPort());
            return backend.create(
                    new GroupSpec("5", backend.createId(), 0, List.of(backend.localAddress(), peer), PATIENCE));
        }
    }
}
