package io.coxswain.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.coordinator.core.GraphKey;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.v1.BatchDescriptor;
import io.coxswain.v1.CapturedGraph;
import io.coxswain.v1.CapturedSet;
import io.coxswain.v1.GraphMode;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraphsTest {

    private static final GraphKey PIECEWISE =
            new GraphKey(CudaGraphMode.PIECEWISE, 8, GraphKey.ANY, GraphKey.ANY, false);

    @Test
    void shouldReadAShapeThatHoldsForAnyMixture() {
        assertThat(Graphs.key(graph(
                        GraphMode.GRAPH_MODE_PIECEWISE,
                        BatchDescriptor.newBuilder().setNumTokens(8))))
                .isEqualTo(PIECEWISE);
    }

    @Test
    void shouldReadATwinWithAllThatItsShapeSays() {
        CapturedGraph twin = graph(
                        GraphMode.GRAPH_MODE_FULL,
                        BatchDescriptor.newBuilder()
                                .setNumTokens(64)
                                .setNumRequests(32)
                                .setUniformTokenCount(2))
                .toBuilder()
                .setMicrobatched(true)
                .build();

        assertThat(Graphs.key(twin)).isEqualTo(new GraphKey(CudaGraphMode.FULL, 64, 32, 2, true));
    }

    @Test
    void shouldWriteAShapeAsItReadsIt() {
        for (GraphKey key : List.of(PIECEWISE, new GraphKey(CudaGraphMode.FULL, 64, 32, 2, false))) {
            CapturedGraph written = CapturedGraph.newBuilder()
                    .setMode(Graphs.mode(key.mode()))
                    .setShape(Graphs.shape(key))
                    .build();

            assertThat(Graphs.key(written)).isEqualTo(key);
        }
    }

    @ParameterizedTest
    @CsvSource({"NONE,GRAPH_MODE_NONE", "PIECEWISE,GRAPH_MODE_PIECEWISE", "FULL,GRAPH_MODE_FULL"})
    void shouldWriteEveryMode(CudaGraphMode mode, GraphMode written) {
        assertThat(Graphs.mode(mode)).isEqualTo(written);
    }

    @Test
    void shouldRefuseAModeThatNoGraphHas() {
        CapturedGraph none =
                graph(GraphMode.GRAPH_MODE_NONE, BatchDescriptor.newBuilder().setNumTokens(8));

        assertThatThrownBy(() -> Graphs.key(none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("captured.graphs.mode is GRAPH_MODE_NONE; allowed are GRAPH_MODE_PIECEWISE and "
                        + "GRAPH_MODE_FULL");
    }

    @Test
    void shouldRefuseAShapeWithoutTokens() {
        CapturedGraph empty = graph(GraphMode.GRAPH_MODE_FULL, BatchDescriptor.newBuilder());

        assertThatThrownBy(() -> Graphs.key(empty))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("graph.num_tokens is 0; allowed are 1 to 2147483647");
    }

    @Test
    void shouldReadAsManyGraphsAsTheContractAllows() {
        assertThat(StepDecoder.captured(set(4096)).contains(key(4096))).isTrue();
        assertThat(StepDecoder.captured(set(4096)).contains(key(4097))).isFalse();
        assertThat(StepDecoder.captured(CapturedSet.getDefaultInstance()).contains(key(1)))
                .isFalse();
    }

    @Test
    void shouldRefuseMoreGraphsThanTheContractAllows() {
        assertThatThrownBy(() -> StepDecoder.captured(set(4097)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("captured.graphs has 4097 entries; allowed are at most 4096");
    }

    @Test
    void shouldNotLookAtTheGraphsOfARankThatHasAll() {
        CapturedSet all = set(4097).toBuilder().setAll(true).build();

        assertThat(StepDecoder.captured(all)).isEqualTo(io.coxswain.coordinator.core.CapturedSet.ALL);
    }

    private static CapturedSet set(int graphs) {
        return CapturedSet.newBuilder()
                .addAllGraphs(IntStream.rangeClosed(1, graphs)
                        .mapToObj(tokens -> graph(
                                GraphMode.GRAPH_MODE_PIECEWISE,
                                BatchDescriptor.newBuilder().setNumTokens(tokens)))
                        .toList())
                .build();
    }

    private static GraphKey key(int tokens) {
        return new GraphKey(CudaGraphMode.PIECEWISE, tokens, GraphKey.ANY, GraphKey.ANY, false);
    }

    private static CapturedGraph graph(GraphMode mode, BatchDescriptor.Builder shape) {
        return CapturedGraph.newBuilder().setMode(mode).setShape(shape).build();
    }
}
