package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ArrivalRingTest {

    @Test
    void shouldRefuseMoreThanItHolds() {
        ArrivalRing ring = new ArrivalRing(3);
        for (int id = 0; id < 4; id++) {
            assertThat(ring.offer(request(id))).isTrue();
        }
        assertThat(ring.offer(request(4))).isFalse();
        assertThat(ring.poll()).isEqualTo(request(0));
        assertThat(ring.offer(request(4))).isTrue();
    }

    @Test
    void shouldBeEmptyWhenAllIsTaken() {
        ArrivalRing ring = new ArrivalRing(1);
        assertThat(ring.poll()).isNull();
        ring.offer(request(1));
        assertThat(ring.poll()).isEqualTo(request(1));
        assertThat(ring.poll()).isNull();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void shouldKeepTheOrderBetweenTwoThreads() {
        int count = 200_000;
        ArrivalRing ring = new ArrivalRing(256);
        CompletableFuture<Void> producer = CompletableFuture.runAsync(() -> {
            for (int id = 0; id < count; ) {
                if (ring.offer(request(id))) {
                    id++;
                } else {
                    Thread.onSpinWait();
                }
            }
        });
        for (int expected = 0; expected < count; ) {
            FeedRequest request = ring.poll();
            if (request == null) {
                Thread.onSpinWait();
            } else {
                assertThat(request.id()).isEqualTo(expected++);
            }
        }
        assertThat(producer).succeedsWithin(10, TimeUnit.SECONDS);
    }

    private static FeedRequest request(int id) {
        return new FeedRequest(id, 0, 1, 1);
    }
}
