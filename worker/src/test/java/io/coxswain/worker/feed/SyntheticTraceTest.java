package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SyntheticTraceTest {

    @Test
    void shouldBeTheSameOnEveryJvm() {
        Trace trace = SyntheticTrace.generate(0, SyntheticTrace.DEFAULT_REQUESTS);

        assertThat(IntStream.range(0, 5).map(trace::promptTokens)).containsExactly(98, 302, 168, 49, 114);
        assertThat(IntStream.range(0, 5).map(trace::generatedTokens)).containsExactly(406, 42, 17, 50, 35);
        assertThat(trace.arrivalNanos(999)).isEqualTo(181_599_834_271L);
        assertThat(trace.totalPromptTokens()).isEqualTo(242_617);
        assertThat(trace.totalGeneratedTokens()).isEqualTo(61_470);
    }

    @Test
    void shouldHaveTheMeansAndTheTailThatAreDocumented() {
        int count = 50_000;
        Trace trace = SyntheticTrace.generate(1, count);
        int[] prompts =
                IntStream.range(0, count).map(trace::promptTokens).sorted().toArray();

        assertThat((double) trace.totalPromptTokens() / count).isCloseTo(249, within(5.0));
        assertThat((double) trace.totalGeneratedTokens() / count).isCloseTo(60, within(1.0));
        assertThat(prompts[count / 2]).isCloseTo(153, within(3));
        // 153 * exp(0.99 * 2.326), the 99th percentile.
        assertThat(prompts[count / 100 * 99]).isCloseTo(1530, within(80));
        assertThat(prompts[0]).isPositive();
        assertThat(prompts[count - 1]).isEqualTo(4096);
        assertThat(trace.arrivalNanos(count - 1) / 1e9).isCloseTo(count / 5.5, within(150.0));
    }

    @Test
    void shouldBeginAsALongerTraceOfTheSameSeed() {
        Trace shorter = SyntheticTrace.generate(5, 10);
        Trace longer = SyntheticTrace.generate(5, 20);
        for (int request = 0; request < shorter.size(); request++) {
            assertThat(shorter.promptTokens(request)).isEqualTo(longer.promptTokens(request));
            assertThat(shorter.arrivalNanos(request)).isEqualTo(longer.arrivalNanos(request));
        }
        assertThat(SyntheticTrace.generate(6, 10).totalPromptTokens()).isNotEqualTo(shorter.totalPromptTokens());
    }

    @Test
    void shouldMakeAnEmptyTraceAndRefuseANegativeOne() {
        assertThat(SyntheticTrace.generate(0, 0).size()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SyntheticTrace.generate(0, -1))
                .withMessageContaining("count is -1");
    }
}
