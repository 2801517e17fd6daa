package io.coxswain.worker.runner.ffn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.coxswain.worker.runner.TokenBatch;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected numbers were computed from the package's description with Python, in 64-bit floats, and rounded to 32. */
class FfnValuesTest {
    private static final FfnConfig WIDE = new FfnConfig(256, 1024, 42);

    @Test
    void shouldMakeInputsByTheFormulaAndPaddingOfZeros() {
        TokenBatch batch = new TokenBatch();
        batch.add(1, 1);
        batch.add(7, 3);
        float[] rows = new float[2 * 256];
        Arrays.fill(rows, 9f);

        new SyntheticValues(WIDE).fillInputs(batch, 1, 3, rows);

        assertThat(rows).startsWith(-0.46850443f, -0.06435096f, -0.51609015f);
        assertThat(Arrays.copyOfRange(rows, 256, 512)).containsOnly(0f);
    }

    @Test
    void shouldMakeAShareOfTheWeightsByTheFormula() {
        SyntheticValues values = new SyntheticValues(WIDE);

        float[] whole = values.firstWeights(new InnerShard(0, 1024));
        assertThat(whole[0]).isCloseTo(0.105376065f, within(1e-7f));
        assertThat(whole[1024 + 5]).isCloseTo(-0.008567215f, within(1e-7f));
        float[] columns = values.firstWeights(new InnerShard(4, 3));
        assertThat(columns).hasSize(3 * 256);
        assertThat(columns[3 + 1]).isEqualTo(whole[1024 + 5]);

        assertThat(values.secondWeights(new InnerShard(0, 1024))[0]).isCloseTo(-0.07648897f, within(1e-7f));
        assertThat(values.secondWeights(new InnerShard(3, 2))[2]).isCloseTo(0.013965768f, within(1e-7f));
    }

    @Test
    void shouldComputeTheReferenceOfSmallBlocks() {
        ReferenceFfn two = new ReferenceFfn(new FfnConfig(2, 3, 42));
        two.token(0, 7, 3);
        float[] result = two.compute(1)[0];
        assertThat(result[0]).isCloseTo(-0.13336875f, within(1e-6f));
        assertThat(result[1]).isCloseTo(-0.25400826f, within(1e-6f));

        ReferenceFfn five = new ReferenceFfn(new FfnConfig(5, 7, 42));
        five.token(1, 7, 3);
        float[] other = five.compute(2)[1];
        float[] expected = {-0.04741719f, -0.2334f, -0.3741045f, 0.049455475f, 0.07475055f};
        for (int i = 0; i < expected.length; i++) {
            assertThat(other[i]).isCloseTo(expected[i], within(1e-6f));
        }
    }

    @ParameterizedTest
    @CsvSource({"1024, 4", "1024, 3", "5, 3", "2, 5", "1, 1"})
    void shouldShareTheInnerWidthWithoutGaps(int inner, int worldSize) {
        int next = 0;
        for (int rank = 0; rank < worldSize; rank++) {
            InnerShard shard = InnerShard.of(inner, rank, worldSize);
            assertThat(shard.first()).isEqualTo(next);
            assertThat(shard.count()).isBetween(inner / worldSize, inner / worldSize + 1);
            next += shard.count();
        }
        assertThat(next).isEqualTo(inner);
    }

    @Test
    void shouldHaveTheDocumentedDefaultsAndRefuseTheRest() {
        assertThat(FfnConfig.DEFAULT).isEqualTo(new FfnConfig(256, 1024, 0));
        assertThatThrownBy(() -> new FfnConfig(0, 1, 0)).hasMessage("hidden is 0, allowed are 1 to 65536");
        assertThatThrownBy(() -> new FfnConfig(1, 262_145, 0)).hasMessage("inner is 262145, allowed are 1 to 262144");
        assertThatThrownBy(() -> new FfnConfig(65_536, 262_144, 0)).hasMessageContaining("more than 268435456 weights");
    }
}
