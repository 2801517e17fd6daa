package io.coxswain.worker.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AttemptPausesTest {
    private final AttemptPauses pauses = new AttemptPauses();

    @Test
    void shouldTryAtOnceAndGrowFromThere() {
        assertThat(Stream.generate(pauses::next).limit(8))
                .containsExactlyElementsOf(LongStream.of(0, 20, 40, 80, 160, 320, 500, 500)
                        .mapToObj(Duration::ofMillis)
                        .toList());
    }

    @Test
    void shouldTryAtOnceAgainOnceThereWasACoordinator() {
        pauses.next();
        pauses.next();

        pauses.startAnew();

        assertThat(pauses.next()).isZero();
    }
}
