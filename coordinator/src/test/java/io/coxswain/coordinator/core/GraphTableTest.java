package io.coxswain.coordinator.core;

import static io.coxswain.coordinator.core.Keys.decodeFull;
import static io.coxswain.coordinator.core.Keys.mixedFull;
import static io.coxswain.coordinator.core.Keys.piecewise;
import static io.coxswain.coordinator.core.Keys.twin;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GraphTableTest {

    @Test
    void shouldHavePiecewiseGraphsForAnyBatch() {
        assertThat(GraphTable.calledFor(settings(GraphModeSetting.PIECEWISE, 1, 4, 8)))
                .containsExactly(piecewise(1), piecewise(4), piecewise(8));
    }

    @Test
    void shouldHaveMixedFullGraphsUpToTheMostRequests() {
        assertThat(GraphTable.calledFor(settings(GraphModeSetting.FULL, 8, 16, 32)))
                .containsExactly(mixedFull(8, 8), mixedFull(16, 16), mixedFull(32, 16));
    }

    @Test
    void shouldRoundDecodeGraphsUpToWholeRequestsAndLeaveOutWhatIsTooLarge() {
        // q = 4, at most 16 requests: 1 and 2 become 4; 5 becomes 8; 63 and 64 become 64; 66 would be 68, above 64.
        DecisionSettings settings = DecisionSettings.builder()
                .captureSizes(List.of(1, 2, 5, 63, 64, 66, 70))
                .graphMode(GraphModeSetting.FULL_DECODE_ONLY)
                .maxRequests(16)
                .decodeQueryLength(4)
                .build();

        assertThat(GraphTable.calledFor(settings))
                .containsExactly(decodeFull(4, 1), decodeFull(8, 2), decodeFull(64, 16));
    }

    @Test
    void shouldLeaveOutDecodeGraphsAboveTheLargestCaptureSize() {
        DecisionSettings settings = DecisionSettings.builder()
                .captureSizes(List.of(4, 7))
                .graphMode(GraphModeSetting.FULL_DECODE_ONLY)
                .decodeQueryLength(4)
                .build();

        assertThat(GraphTable.calledFor(settings)).containsExactly(decodeFull(4, 1));
    }

    @Test
    void shouldHaveBothKindsInTheDefaultMode() {
        assertThat(GraphTable.calledFor(settings(GraphModeSetting.FULL_AND_PIECEWISE, 2, 20)))
                .containsExactly(decodeFull(2, 2), piecewise(2), piecewise(20));
    }

    @Test
    void shouldHaveNoGraphsWithoutAModeOrWithoutSizes() {
        assertThat(GraphTable.calledFor(settings(GraphModeSetting.NONE, 1, 2))).isEmpty();
        assertThat(GraphTable.calledFor(settings(GraphModeSetting.FULL_AND_PIECEWISE)))
                .isEmpty();
    }

    @Test
    void shouldHaveATwinOfEachFullGraphThatSplitsEvenly() {
        // 40 / 16 is no whole number; 8 is below the threshold; pieces have no twins.
        DecisionSettings settings = DecisionSettings.builder()
                .captureSizes(List.of(8, 32, 40))
                .graphMode(GraphModeSetting.FULL)
                .maxRequests(16)
                .microbatches(2)
                .decodeThreshold(32)
                .build();

        assertThat(GraphTable.calledFor(settings))
                .containsExactly(mixedFull(8, 8), mixedFull(32, 16), mixedFull(40, 16), twin(32, 16));
    }

    @Test
    void shouldHaveNoTwinWithFewerTokensThanMicrobatches() {
        DecisionSettings settings = DecisionSettings.builder()
                .captureSizes(List.of(2, 4))
                .graphMode(GraphModeSetting.FULL_DECODE_ONLY)
                .microbatches(3)
                .decodeThreshold(1)
                .build();

        assertThat(GraphTable.calledFor(settings)).containsExactly(decodeFull(2, 2), decodeFull(4, 4), twin(4, 4));
    }

    @Test
    void shouldTakeTheSmallestFullGraphThatHoldsTheTokens() {
        GraphTable graphs = all(settings(GraphModeSetting.FULL, 4, 8, 12));

        assertThat(graphs.dispatch(5, 5, RankFacts.NOT_UNIFORM)).isEqualTo(mixedFull(8, 8));
        assertThat(graphs.dispatch(8, 8, 1)).isEqualTo(mixedFull(8, 8));
        assertThat(graphs.dispatch(13, 1, RankFacts.NOT_UNIFORM)).isNull();
    }

    @Test
    void shouldFallBackToPiecesWhereTheFullGraphOfThatSizeDoesNotAdmitTheBatch() {
        GraphTable graphs = all(settings(GraphModeSetting.FULL_AND_PIECEWISE, 4, 8));

        assertThat(graphs.dispatch(3, 3, 1)).isEqualTo(decodeFull(4, 4));
        assertThat(graphs.dispatch(3, 1, RankFacts.NOT_UNIFORM)).isEqualTo(piecewise(4));
    }

    @Test
    void shouldNotTryALargerSizeOfTheSameMode() {
        // Of size 4 the graph has room for 2 requests of 2 tokens; 3 requests would fit the one of size 8.
        DecisionSettings settings = DecisionSettings.builder()
                .captureSizes(List.of(4, 8))
                .graphMode(GraphModeSetting.FULL_DECODE_ONLY)
                .decodeQueryLength(2)
                .build();
        GraphTable graphs = all(settings);

        assertThat(graphs.dispatch(4, 3, 2)).isNull();
        assertThat(graphs.dispatch(5, 3, 2)).isEqualTo(decodeFull(8, 4));
    }

    @Test
    void shouldGiveTwinsToSplitBatchesOnly() {
        DecisionSettings settings = DecisionSettings.builder()
                .captureSizes(List.of(32, 64))
                .microbatches(2)
                .build();
        GraphTable graphs = all(settings);

        assertThat(graphs.dispatch(40, 40, 1)).isEqualTo(decodeFull(64, 64));
        assertThat(graphs.dispatchSplit(40, 40, 1)).isEqualTo(twin(64, 64));
        assertThat(graphs.dispatchSplit(40, 40, RankFacts.NOT_UNIFORM)).isNull();
        assertThat(graphs.dispatchSplit(65, 65, 1)).isNull();
    }

    @Test
    void shouldKnowOnlyWhatAllRanksHaveCaptured() {
        DecisionSettings settings = settings(GraphModeSetting.FULL_AND_PIECEWISE, 4, 8, 16);
        CapturedSet one = CapturedSet.of(List.of(decodeFull(4, 4), decodeFull(16, 16), piecewise(8)));
        CapturedSet another = CapturedSet.of(List.of(decodeFull(16, 16), piecewise(8), piecewise(16)));

        GraphTable graphs = GraphTable.of(settings, one.intersect(another).intersect(CapturedSet.ALL));

        assertThat(graphs.dispatch(3, 3, 1)).isEqualTo(decodeFull(16, 16));
        assertThat(graphs.dispatch(3, 1, RankFacts.NOT_UNIFORM)).isEqualTo(piecewise(8));
        assertThat(graphs.dispatch(9, 1, RankFacts.NOT_UNIFORM)).isNull();
        assertThat(graphs.missing()).containsExactly(piecewise(16), decodeFull(8, 8), piecewise(4), decodeFull(4, 4));
    }

    @Test
    void shouldCountATwinAsASizeEvenWhereItsGraphIsNotCaptured() {
        DecisionSettings settings = DecisionSettings.builder()
                .captureSizes(List.of(32, 64))
                .graphMode(GraphModeSetting.FULL_DECODE_ONLY)
                .microbatches(2)
                .build();
        GraphTable graphs = GraphTable.of(settings, CapturedSet.of(List.of(twin(32, 32), decodeFull(64, 64))));

        assertThat(graphs.dispatch(20, 20, 1)).isNull();
        assertThat(graphs.dispatch(40, 40, 1)).isEqualTo(decodeFull(64, 64));
    }

    @Test
    void shouldNotOfferAGraphThatTheSettingsDoNotCallFor() {
        GraphTable graphs = GraphTable.of(
                settings(GraphModeSetting.PIECEWISE, 4), CapturedSet.of(List.of(mixedFull(4, 4), piecewise(4))));

        assertThat(graphs.dispatch(4, 4, 1)).isEqualTo(piecewise(4));
    }

    private static DecisionSettings settings(GraphModeSetting mode, Integer... sizes) {
        return DecisionSettings.builder()
                .captureSizes(List.of(sizes))
                .graphMode(mode)
                .maxRequests(16)
                .build();
    }

    private static GraphTable all(DecisionSettings settings) {
        return GraphTable.of(settings, CapturedSet.ALL);
    }
}
