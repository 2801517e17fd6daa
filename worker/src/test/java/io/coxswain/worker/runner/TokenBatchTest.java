package io.coxswain.worker.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TokenBatchTest {
    private final TokenBatch batch = new TokenBatch();

    @Test
    void shouldKeepTokensInTheOrderTheyCame() {
        batch.add(7, 41);
        batch.addRange(8, 100, 3);

        assertThat(batch.size()).isEqualTo(4);
        assertThat(batch.requestId(0)).isEqualTo(7);
        assertThat(batch.position(0)).isEqualTo(41);
        assertThat(batch.requestId(3)).isEqualTo(8);
        assertThat(batch.position(3)).isEqualTo(102);
    }

    @Test
    void shouldGrowAndBeReused() {
        batch.addRange(1, 0, 10_000);
        assertThat(batch.position(9_999)).isEqualTo(9_999);

        batch.clear();
        batch.add(2, 5);

        assertThat(batch.size()).isEqualTo(1);
        assertThat(batch.requestId(0)).isEqualTo(2);
        assertThatThrownBy(() -> batch.position(1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldRefusePositionsThatCannotBe() {
        assertThatThrownBy(() -> batch.add(7, -1))
                .hasMessageContaining("request 7 cannot have 1 tokens from position -1");
        assertThatThrownBy(() -> batch.addRange(7, 0, -2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> batch.addRange(7, Integer.MAX_VALUE, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThat(batch.size()).isZero();
    }
}
