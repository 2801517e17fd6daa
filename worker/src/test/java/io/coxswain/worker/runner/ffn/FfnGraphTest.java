package io.coxswain.worker.runner.ffn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.types.CudaGraphMode;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.nccl.NcclCollectiveBackend;
import io.coxswain.worker.collective.nccl.NcclRanks;
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
        try (NcclRanks ranks = NcclRanks.open(3)) {
            List<Verification> results = ranks.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device().gpu(), CONFIG)) {
                    assertThat(model.captured()).isEqualTo(CapturedGraphs.NONE);
                    try (Model.Attachment attached = model.attach(rank.communicator())) {
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

    /** NCCL ends no communicator that a graph holds: the ranks close theirs after each epoch. */
    @Test
    void shouldKeepPiecesAndLoseWholePassesWhenTheEpochEnds() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            List<FfnModel> models = ranks.run(rank -> {
                FfnModel model = FfnModel.verified(rank.device().gpu(), CONFIG);
                try (Model.Attachment attached = model.attach(rank.communicator())) {
                    capture(model, rank, PIECES);
                    capture(model, rank, WHOLE);
                    assertThat(model.captured()).isEqualTo(CapturedGraphs.of(List.of(PIECES, WHOLE)));
                }
                return model;
            });
            List<Verification> results = ranks.run(rank -> {
                try (FfnModel model = models.get(rank.rank())) {
                    assertThat(model.captured()).isEqualTo(CapturedGraphs.of(List.of(PIECES)));
                    try (Model.Attachment attached = model.attach(rank.communicator())) {
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
        try (NcclRanks pair = NcclRanks.open(2)) {
            pair.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device().gpu(), CONFIG)) {
                    try (Model.Attachment attached = model.attach(rank.communicator())) {
                        capture(model, rank, PIECES);
                    }
                    NcclCollectiveBackend backend = pair.backend(rank.rank());
                    GroupSpec alone =
                            new GroupSpec("8", backend.createId(), 0, List.of(backend.localAddress()), NcclRanks.LONG);
                    try (Communicator communicator = backend.create(alone)) {
                        communicator.connect();
                        try (Model.Attachment attached = model.attach(communicator)) {
                            assertThat(model.captured()).isEqualTo(CapturedGraphs.NONE);
                        }
                    }
                    return rank;
                }
            });
        }
    }

    private static void capture(FfnModel model, NcclRanks.Rank rank, GraphKey graph) {
        model.capture(graph, shape(rank, graph.numTokens(), graph.microbatches()));
    }

    private static Execution forward(FfnModel model, NcclRanks.Rank rank, GraphKey graph, int round) {
        return forward(model, rank, graph, shape(rank, graph.numTokens(), graph.microbatches()), round);
    }

    private static Execution eager(FfnModel model, NcclRanks.Rank rank, int rows) {
        return forward(model, rank, null, shape(rank, rows, 1), 0);
    }

    /** Tokens that differ from round to round and from rank to rank; the rest is padding. */
    private static Execution forward(
            FfnModel model, NcclRanks.Rank rank, @Nullable GraphKey graph, ForwardShape shape, int round) {
        TokenBatch batch = new TokenBatch();
        int tokens = Math.max(0, shape.rows(rank.rank()) - rank.rank() - round);
        batch.addRange(1000L * rank.rank() + round, 7 * round, tokens);
        return model.forward(batch, shape, graph);
    }

    private static ForwardShape shape(NcclRanks.Rank rank, int rowsOfEach, int microbatches) {
        int[] rows = new int[rank.communicator().group().worldSize()];
        Arrays.fill(rows, rowsOfEach);
        return new ForwardShape(rank.rank(), rows, Layout.PADDED, microbatches);
    }
}
