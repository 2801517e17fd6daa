package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TerminationTest {

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicInteger wishes = new AtomicInteger();
    private final Termination termination = new Termination(timer, Duration.ofSeconds(4), ended::countDown);

    @AfterEach
    void close() {
        timer.shutdownNow();
    }

    @Test
    void shouldEndAtOnceWhereThereIsNobodyToAsk() {
        termination.onSignal();

        assertThat(ended.getCount()).isZero();
    }

    @Test
    void shouldAskToBeDrained() {
        termination.drainBy(reason -> wishes.incrementAndGet() > 0);

        termination.onSignal();

        assertThat(wishes).hasValue(1);
        assertThat(ended.getCount()).isEqualTo(1);
    }

    @Test
    void shouldEndWhereItIsRefused() {
        termination.drainBy(reason -> true);
        termination.onSignal();

        termination.onRefused("the group would have 1 rank");

        assertThat(ended.getCount()).isZero();
    }

    @Test
    void shouldEndAtTheSecondSignal() {
        termination.drainBy(reason -> wishes.incrementAndGet() > 0);
        termination.onSignal();

        termination.onSignal();

        assertThat(wishes).hasValue(1);
        assertThat(ended.getCount()).isZero();
    }

    @Test
    void shouldEndWhenItIsNotDrainedInTime() throws Exception {
        termination.drainBy(reason -> true);

        termination.onSignal();

        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }
}
