package io.coxswain.coordinator.core;

import static io.coxswain.coordinator.core.Keys.decodeFull;
import static io.coxswain.coordinator.core.Keys.piecewise;
import static io.coxswain.coordinator.core.Keys.twin;
import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.types.CudaGraphMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CapturePlanTest {

    private static final DecisionSettings SETTINGS = DecisionSettings.builder()
            .captureSizes(List.of(16, 32))
            .microbatches(2)
            .build();

    @Test
    void shouldCaptureTheLargestFirstUntilNothingIsMissing() {
        List<GraphKey> captured = new ArrayList<>();

        for (GraphKey next = next(captured); next != null; next = next(captured)) {
            captured.add(next);
        }

        assertThat(captured)
                .containsExactly(piecewise(32), decodeFull(32, 32), twin(32, 32), piecewise(16), decodeFull(16, 16));
    }

    @Test
    void shouldAskOnlyForWhatIsWanted() {
        GraphTable nothing = GraphTable.of(SETTINGS, CapturedSet.of(List.of()));

        assertThat(CapturePlan.next(nothing, graph -> graph.mode() == CudaGraphMode.FULL))
                .isEqualTo(decodeFull(32, 32));
        assertThat(CapturePlan.next(nothing, graph -> !graph.equals(piecewise(32))))
                .isEqualTo(decodeFull(32, 32));
        assertThat(CapturePlan.next(nothing, graph -> false)).isNull();
    }

    @Test
    void shouldCaptureAgainWhatSomeRankLacks() {
        CapturedSet without32 = CapturedSet.of(List.of(piecewise(16), decodeFull(16, 16)));

        GraphTable graphs = GraphTable.of(SETTINGS, CapturedSet.ALL.intersect(without32));

        assertThat(CapturePlan.next(graphs, graph -> true)).isEqualTo(piecewise(32));
    }

    @Test
    void shouldHaveNothingToCaptureWhereAllRanksHaveAll() {
        GraphTable graphs = GraphTable.of(SETTINGS, CapturedSet.ALL.intersect(CapturedSet.ALL));

        assertThat(CapturePlan.next(graphs, graph -> true)).isNull();
    }

    private static @Nullable GraphKey next(List<GraphKey> captured) {
        return CapturePlan.next(GraphTable.of(SETTINGS, CapturedSet.of(captured)), graph -> true);
    }
}
