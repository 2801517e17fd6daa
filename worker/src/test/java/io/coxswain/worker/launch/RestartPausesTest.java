package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartPausesTest {
    private static final long SEED = Long.getLong("coxswain.test.seed", System.nanoTime());

    @ParameterizedTest
    @CsvSource({"0, 100", "1, 200", "4, 1600", "6, 6400", "7, 10000", "31, 10000", "2147483647, 10000"})
    void shouldDoubleUpToTenSecondsAndKeepTheHalfOfItAtLeast(int fruitless, long mostMillis) {
        RestartPauses pauses = new RestartPauses(new Random(SEED));

        for (int i = 0; i < 1_000; i++) {
            assertThat(pauses.after(fruitless))
                    .as("-Dcoxswain.test.seed=%s", SEED)
                    .isBetween(Duration.ofMillis(mostMillis / 2), Duration.ofMillis(mostMillis));
        }
    }
}
