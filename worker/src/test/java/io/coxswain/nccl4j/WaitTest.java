package io.coxswain.nccl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WaitTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 3);
    private final Wait tenMillis = Wait.atMost(Duration.ofMillis(10)).onClock(() -> now.getAndAdd(1_000_000));

    @Test
    void shouldAskUntilItIsDone() {
        AtomicInteger asked = new AtomicInteger();

        tenMillis.until(() -> asked.incrementAndGet() == 5, "the fifth");

        assertThat(asked).hasValue(5);
    }

    @Test
    void shouldEndAtItsTimeOnAClockThatWrapsAround() {
        assertThatThrownBy(() -> tenMillis.until(() -> false, "what never comes"))
                .isInstanceOf(WaitTimeoutException.class)
                .hasMessage("what never comes was not done within 10 ms");
    }

    @Test
    void shouldAskOnceWithoutAnyTime() {
        Wait none = Wait.atMost(Duration.ZERO);

        none.until(() -> true, "what is done");

        assertThatThrownBy(() -> none.until(() -> false, "it")).isInstanceOf(WaitTimeoutException.class);
    }

    @Test
    void shouldEndWithItsCondition() {
        assertThatThrownBy(() -> tenMillis.onlyWhile(() -> false).until(() -> false, "it"))
                .isInstanceOf(WaitEndedException.class)
                .hasMessage("waiting for it was given up");
        Wait throwing = tenMillis.onlyWhile(() -> {
            throw new IllegalStateException("of the condition");
        });
        assertThatThrownBy(() -> throwing.until(() -> false, "it")).hasMessage("of the condition");
    }

    @Test
    void shouldEndWithAnInterruptAndLeaveItSet() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> Wait.atMost(Duration.ofMinutes(1)).until(() -> false, "it"))
                .isInstanceOf(WaitEndedException.class)
                .hasMessage("waiting for it was interrupted");

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void shouldRefuseANegativeTime() {
        assertThatThrownBy(() -> Wait.atMost(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
    }
}
