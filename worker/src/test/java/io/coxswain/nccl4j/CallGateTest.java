package io.coxswain.nccl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CallGateTest {
    private final CallGate gate = new CallGate();

    @Test
    void shouldLetNobodyInOnceItIsShut() {
        gate.enter();
        gate.leave();

        assertThat(gate.shut("was aborted")).isTrue();
        assertThat(gate.shut("was destroyed")).isFalse();

        assertThat(gate.isShut()).isTrue();
        assertThatThrownBy(gate::enter)
                .isInstanceOf(CommunicatorEndedException.class)
                .hasMessage("the communicator was aborted");
    }

    @Test
    void shouldWaitForTheCallsInside() throws Exception {
        gate.enter();
        gate.shut("was aborted");
        CompletableFuture<Void> empty = CompletableFuture.runAsync(() -> gate.awaitEmpty(Duration.ofMinutes(1)));

        assertThat(empty).isNotDone();
        gate.leave();

        GpuRanks.get(empty);
    }

    @Test
    void shouldNotWaitForeverForACallThatIsStuck() {
        gate.enter();
        gate.shut("was aborted");

        gate.awaitEmpty(Duration.ofMillis(5));

        assertThat(gate.isShut()).isTrue();
    }
}
