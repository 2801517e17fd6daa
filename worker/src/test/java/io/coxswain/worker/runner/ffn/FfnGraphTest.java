package io.coxswain.worker.runner.ffn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.types.CudaGraphMode;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.runner.Execution;
import io.coxswain.worker.runner.ForwardShape;
import io.coxswain.worker.runner.ForwardShape.Layout;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.TokenBatch;
import io.coxswain.worker.runner.Verification;
import io.coxswain.worker.standin.RequiresStandIn;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The model on a device that captures, with real collectives: the same rows come out of a graph as without. */
@RequiresStandIn
@Timeout(120)
class FfnGraphTest {

    private static final FfnConfig CONFIG = new FfnConfig(48, 100, 5);
    private static final GraphKey PIECES = new GraphKey(CudaGraphMode.PIECEWISE, 16, 0, 0, 1);
    private static final GraphKey WHOLE = new GraphKey(CudaGraphMode.FULL, 8, 8, 1, 1);
    private static final GraphKey TWIN = new GraphKey(CudaGraphMode.FULL, 8, 8, 1, 2);

    @Test
    void shouldComputeTheSameByGraphsOfEveryKind() throws Exception {
        try (CudaRanks ranks = CudaRanks.open(3)) {
            List<Verification> results = ranks.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device(), CONFIG)) {
                    assertThat(model.captured()).isEqualTo(CapturedGraphs.NONE);
                    try (Communicator all = rank.connect("1");
                            Model.Attachment attached = model.attach(all)) {
                        for (GraphKey graph : List.of(PIECES, WHOLE, TWIN)) {
                            capture(model, rank, graph);
                        }
                        for (int round = 0; round < 3; round++) {
                            for (GraphKey graph : List.of(WHOLE, TWIN, PIECES)) {
                                assertThat(forward(model, rank, graph, round)).isEqualTo(Execution.REPLAYED);
                            }
                            // Larger than any graph, between two replays: it must not work in the graphs' memory.
                            assertThat(eager(model, rank, 40)).isEqualTo(Execution.EAGER);
                        }
                    }
                    return model.verification().orElseThrow();
                }
            });

            assertThat(results)
                    .allSatisfy(result ->
                            assertThat(result.passed()).as(result::firstFailure).isTrue());
            assertThat(results).extracting(Verification::tokensChecked).allMatch(tokens -> tokens > 3 * 40);
        }
    }

    @Test
    void shouldKeepPiecesAndLoseWholePassesWhenTheEpochEnds() throws Exception {
        try (CudaRanks ranks = CudaRanks.open(2)) {
            List<Verification> results = ranks.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device(), CONFIG)) {
                    try (Communicator first = rank.connect("1");
                            Model.Attachment attached = model.attach(first)) {
                        capture(model, rank, PIECES);
                        capture(model, rank, WHOLE);
                        assertThat(model.captured()).isEqualTo(CapturedGraphs.of(List.of(PIECES, WHOLE)));
                        // NCCL ends no communicator that a graph holds: the order of this block is what is tested.
                    }
                    assertThat(model.captured()).isEqualTo(CapturedGraphs.of(List.of(PIECES)));
                    try (Communicator second = rank.connect("2");
                            Model.Attachment attached = model.attach(second)) {
                        assertThat(forward(model, rank, PIECES, 1)).isEqualTo(Execution.REPLAYED);
                        assertThatThrownBy(() -> forward(model, rank, WHOLE, 1))
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("not captured here");
                        capture(model, rank, WHOLE);
                        assertThat(forward(model, rank, WHOLE, 2)).isEqualTo(Execution.REPLAYED);
                    }
                    return model.verification().orElseThrow();
                }
            });

            assertThat(results).allMatch(Verification::passed);
        }
    }

    @Test
    void shouldHaveNoGraphsForAnotherShareOfTheWeights() throws Exception {
        try (CudaRanks pair = CudaRanks.open(2)) {
            pair.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device(), CONFIG)) {
                    try (Communicator together = rank.connect("1");
                            Model.Attachment attached = model.attach(together)) {
                        capture(model, rank, PIECES);
                    }
                    try (Communicator alone = rank.connectAlone("2");
                            Model.Attachment attached = model.attach(alone)) {
                        assertThat(model.captured()).isEqualTo(CapturedGraphs.NONE);
                    }
                    return rank;
                }
            });
        }
    }

    private static void capture(FfnModel model, CudaRanks.Rank rank, GraphKey graph) {
        model.capture(graph, shape(rank, graph.numTokens(), graph.microbatches()));
    }

    private static Execution forward(FfnModel model, CudaRanks.Rank rank, GraphKey graph, int round) {
        return forward(model, rank, graph, shape(rank, graph.numTokens(), graph.microbatches()), round);
    }

    private static Execution eager(FfnModel model, CudaRanks.Rank rank, int rows) {
        return forward(model, rank, null, shape(rank, rows, 1), 0);
    }

    /** Tokens that differ from round to round and from rank to rank; the rest is padding. */
    private static Execution forward(
            FfnModel model, CudaRanks.Rank rank, @Nullable GraphKey graph, ForwardShape shape, int round) {
        TokenBatch batch = new TokenBatch();
        int tokens = Math.max(0, shape.rows(rank.rank()) - rank.rank() - round);
        batch.addRange(1000L * rank.rank() + round, 7 * round, tokens);
        return model.forward(batch, shape, graph);
    }

    private static ForwardShape shape(CudaRanks.Rank rank, int rowsOfEach, int microbatches) {
        int[] rows = new int[rank.worldSize()];
        Arrays.fill(rows, rowsOfEach);
        return new ForwardShape(rank.rank(), rows, Layout.PADDED, microbatches);
    }
}
