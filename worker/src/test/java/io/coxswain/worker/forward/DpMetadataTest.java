package io.coxswain.worker.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DpMetadataTest {
    private static final DpMetadata THREE_RANKS = DpMetadata.make(3, 1, 8, ints(5, 8, 1));

    static Stream<Arguments> spreads() {
        return Stream.of(
                Arguments.of(4, 10, ints(3, 3, 2, 2)),
                Arguments.of(4, 8, ints(2, 2, 2, 2)),
                Arguments.of(5, 3, ints(1, 1, 1, 0, 0)),
                Arguments.of(3, 0, ints(0, 0, 0)),
                Arguments.of(2, Integer.MAX_VALUE, ints(1_073_741_824, 1_073_741_823)),
                Arguments.of(1, 7, ints(7)));
    }

    @ParameterizedTest
    @MethodSource("spreads")
    void shouldSpreadATotalEvenlyWithTheRemainderOnTheLowestRanks(int worldSize, int total, int[] expected) {
        for (int rank = 0; rank < worldSize; rank++) {
            DpMetadata metadata = DpMetadata.make(worldSize, rank, total);

            assertThat(metadata.numTokensAcrossDp()).containsExactly(expected);
            assertThat(metadata.localTokens()).isEqualTo(expected[rank]);
            assertThat(metadata.totalTokens()).isEqualTo(total);
            assertThat(metadata.maxTokens()).isEqualTo(expected[0]);
        }
    }

    @Test
    void shouldTakeTheVectorAsItIs() {
        assertThat(THREE_RANKS.worldSize()).isEqualTo(3);
        assertThat(THREE_RANKS.rank()).isEqualTo(1);
        assertThat(THREE_RANKS.localTokens()).isEqualTo(8);
        assertThat(THREE_RANKS.totalTokens()).isEqualTo(14);
        assertThat(THREE_RANKS.maxTokens()).isEqualTo(8);
        assertThat(ints(THREE_RANKS.numTokens(0), THREE_RANKS.numTokens(1), THREE_RANKS.numTokens(2)))
                .containsExactly(5, 8, 1);
    }

    @Test
    void shouldBeAWorldOfOneWhenSingle() {
        assertThat(DpMetadata.single(9)).isEqualTo(DpMetadata.make(1, 0, 9, ints(9)));
        assertThat(DpMetadata.single(0).maxTokens()).isZero();
    }

    @Test
    void shouldNotChangeWithTheArraysItTookAndGave() {
        int[] counts = ints(2, 3);
        DpMetadata metadata = DpMetadata.make(2, 0, 2, counts);
        counts[0] = 100;
        metadata.numTokensAcrossDp()[1] = 100;

        assertThat(metadata.numTokensAcrossDp()).containsExactly(2, 3);
    }

    @Test
    void shouldBeEqualByRankAndCounts() {
        assertThat(DpMetadata.make(2, 0, 10))
                .isEqualTo(DpMetadata.make(2, 0, 5, ints(5, 5)))
                .hasSameHashCodeAs(DpMetadata.make(2, 0, 5, ints(5, 5)))
                .isNotEqualTo(DpMetadata.make(2, 1, 10))
                .isNotEqualTo(DpMetadata.make(2, 0, 9));
    }

    static Stream<Arguments> sequenceParallel() {
        DpMetadata withAnIdleRank = DpMetadata.make(2, 0, 0, ints(0, 7));
        return Stream.of(
                Arguments.of(THREE_RANKS, 1, ints(5, 8, 1), ints(5, 13, 14)),
                Arguments.of(THREE_RANKS, 2, ints(3, 3, 4, 4, 1, 1), ints(3, 6, 10, 14, 15, 16)),
                Arguments.of(THREE_RANKS, 3, ints(2, 2, 2, 3, 3, 3, 1, 1, 1), ints(2, 4, 6, 9, 12, 15, 16, 17, 18)),
                Arguments.of(withAnIdleRank, 4, ints(0, 0, 0, 0, 2, 2, 2, 2), ints(0, 0, 0, 0, 2, 4, 6, 8)),
                Arguments.of(
                        DpMetadata.single(Integer.MAX_VALUE - 2),
                        2,
                        ints(1_073_741_823, 1_073_741_823),
                        ints(1_073_741_823, 2_147_483_646)));
    }

    @ParameterizedTest
    @MethodSource("sequenceParallel")
    void shouldShareOutRowsUnderSequenceParallelism(DpMetadata metadata, int size, int[] rows, int[] cumulative) {
        assertThat(metadata.tokensAcrossSp(size)).containsExactly(rows);
        assertThat(metadata.cumulativeTokensAcrossSp(size)).containsExactly(cumulative);
    }

    static Stream<Arguments> chunks() {
        DpMetadata withAnIdleRank = DpMetadata.make(2, 0, 0, ints(0, 7));
        return Stream.of(
                Arguments.of(THREE_RANKS, 1, 2, 0, ints(2, 2, 1)),
                Arguments.of(THREE_RANKS, 1, 2, 2, ints(1, 2, 1)),
                Arguments.of(THREE_RANKS, 2, 2, 0, ints(2, 2, 2, 2, 1, 1)),
                Arguments.of(THREE_RANKS, 2, 2, 1, ints(1, 1, 2, 2, 1, 1)),
                Arguments.of(THREE_RANKS, 2, 100, 0, ints(3, 3, 4, 4, 1, 1)),
                Arguments.of(withAnIdleRank, 4, 3, 0, ints(1, 1, 1, 1, 2, 2, 2, 2)),
                Arguments.of(THREE_RANKS, 1, Integer.MAX_VALUE, Integer.MAX_VALUE, ints(1, 1, 1)));
    }

    @ParameterizedTest
    @MethodSource("chunks")
    void shouldGiveEveryDeviceItsRowsOfAChunkAndAtLeastOne(
            DpMetadata metadata, int size, int maxChunkTokens, int chunkIndex, int[] expected) {
        assertThat(metadata.chunkTokensAcrossSp(size, maxChunkTokens, chunkIndex))
                .containsExactly(expected);
    }

    @Test
    void shouldRefuseAVectorOfAnotherLength() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DpMetadata.make(3, 0, 5, ints(5, 5)))
                .withMessage("numTokensAcrossDp length is 2; allowed is worldSize, 3");
    }

    @Test
    void shouldRefuseAVectorWhoseLocalEntryIsNotThisRanksCount() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DpMetadata.make(2, 1, 5, ints(5, 6)))
                .withMessage("numTokensAcrossDp[1] is 6; allowed is this rank's numTokens, 5");
    }

    @Test
    void shouldRefuseAVectorWithANegativeEntry() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DpMetadata.make(3, 0, 5, ints(5, 6, -7)))
                .withMessage("numTokensAcrossDp[2] is -7; allowed is 0 or more");
    }

    @Test
    void shouldRefuseAVectorWhoseSumExceedsAnInt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DpMetadata.make(2, 0, 1, ints(1, Integer.MAX_VALUE)))
                .withMessage("sum of numTokensAcrossDp is 2147483648; allowed is at most 2147483647");
    }

    @Test
    void shouldRefuseARankOutsideOfTheWorld() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DpMetadata.make(2, 2, 5))
                .withMessage("rank is 2; allowed is 0 to 1 with worldSize 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DpMetadata.make(2, -1, 5, ints(5, 5)))
                .withMessage("rank is -1; allowed is 0 to 1 with worldSize 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DpMetadata.make(0, 0, 5))
                .withMessage("worldSize is 0; allowed is 1 or more");
    }

    @Test
    void shouldRefuseANegativeCount() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DpMetadata.single(-1))
                .withMessage("numTokens is -1; allowed is 0 or more");
    }

    @Test
    void shouldRefuseSizesThatMakeNoChunks() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> THREE_RANKS.tokensAcrossSp(0))
                .withMessage("sequenceParallelSize is 0; allowed is 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> THREE_RANKS.chunkTokensAcrossSp(1, 0, 0))
                .withMessage("maxChunkTokens is 0; allowed is 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> THREE_RANKS.chunkTokensAcrossSp(1, 1, -1))
                .withMessage("chunkIndex is -1; allowed is 0 or more");
    }

    @Test
    void shouldRefuseSequenceParallelismWhoseRowsExceedAnInt() {
        // (2,147,483,647 - 14) / 3 is 715,827,877.67
        assertThatIllegalArgumentException()
                .isThrownBy(() -> THREE_RANKS.cumulativeTokensAcrossSp(715_827_878))
                .withMessage("sequenceParallelSize is 715827878; allowed is 1 to 715827877 with"
                        + " DpMetadata[rank=1, numTokensAcrossDp=[5, 8, 1]]");
    }

    @Test
    void shouldHaveNoTokensForARankOutsideOfTheWorld() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> THREE_RANKS.numTokens(3));
    }

    private static int[] ints(int... values) {
        return values;
    }
}
