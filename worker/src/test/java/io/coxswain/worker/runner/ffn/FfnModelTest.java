package io.coxswain.worker.runner.ffn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.collective.tcp.TcpRanks;
import io.coxswain.worker.collective.tcp.TcpRanks.Outcome;
import io.coxswain.worker.collective.tcp.TcpRanks.Rank;
import io.coxswain.worker.runner.ForwardShape;
import io.coxswain.worker.runner.ForwardShape.Layout;
import io.coxswain.worker.runner.TokenBatch;
import io.coxswain.worker.runner.Verification;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FfnModelTest {
    private static final FfnConfig CONFIG = new FfnConfig(48, 100, 5);

    @ParameterizedTest
    @CsvSource({
        "1, PADDED, 1",
        "2, PADDED, 1",
        "3, PADDED, 1",
        "4, PADDED, 1",
        "1, VARIABLE, 1",
        "2, VARIABLE, 1",
        "3, VARIABLE, 1",
        "4, VARIABLE, 1",
        "1, PADDED, 2",
        "2, PADDED, 2",
        "3, VARIABLE, 2",
        "4, PADDED, 2",
        "4, VARIABLE, 3"
    })
    void shouldComputeWhatTheReferenceComputes(int worldSize, Layout layout, int microbatches) throws Exception {
        int[] tokens = new int[worldSize];
        Arrays.setAll(tokens, rank -> rank == 1 ? 0 : 37 + 5 * rank);
        try (TcpRanks ranks = TcpRanks.open(worldSize)) {
            List<Verification> results = ranks.run(rank -> verify(rank, tokens, layout, microbatches));

            for (int rank = 0; rank < worldSize; rank++) {
                Verification result = results.get(rank);
                assertThat(result.firstFailure()).isNull();
                assertThat(result.tokensChecked()).isEqualTo(3L * tokens[rank]);
                assertThat(result.maxRelativeError()).isLessThan(1e-5);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"PADDED, 1", "VARIABLE, 1", "PADDED, 2", "VARIABLE, 2"})
    void shouldHashToTheSameOnAllRanksAndToOtherwiseForOtherTokens(Layout layout, int microbatches) throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            List<List<Long>> hashes = ranks.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device(), CONFIG).withResultHash()) {
                    List<Long> ofRank = new ArrayList<>();
                    for (int[] tokens : new int[][] {{4, 2}, {4, 3}, {4, 2}}) {
                        forward(model, rank, tokens, layout, microbatches);
                        ofRank.add(model.resultHash());
                    }
                    return ofRank;
                }
            });

            assertThat(hashes.get(1)).isEqualTo(hashes.get(0));
            assertThat(hashes.get(0).get(2)).isEqualTo(hashes.get(0).get(0));
            assertThat(hashes.get(0).get(1)).isNotEqualTo(hashes.get(0).get(0));
        }
    }

    @Test
    void shouldHashNothingUnlessItIsAskedTo() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(1)) {
            List<Long> hashes = ranks.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device(), CONFIG)) {
                    forward(model, rank, new int[] {4}, Layout.PADDED, 1);
                    return model.resultHash();
                }
            });

            assertThat(hashes).containsExactly(0L);
        }
    }

    @Test
    void shouldComputeWithDefaultWidths() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(4)) {
            List<Verification> results = ranks.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device(), FfnConfig.DEFAULT)) {
                    return forward(model, rank, new int[] {100, 64, 1, 0}, Layout.PADDED, 1);
                }
            });

            assertThat(results).allMatch(Verification::passed);
            assertThat(results.get(0).maxRelativeError()).isBetween(1e-9, 1e-5);
        }
    }

    @Test
    void shouldComputeWithMoreRanksThanInnerElements() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3)) {
            List<Verification> results = ranks.run(rank -> {
                try (FfnModel model = FfnModel.verified(rank.device(), new FfnConfig(4, 2, 1))) {
                    return forward(model, rank, new int[] {3, 3, 3}, Layout.VARIABLE, 1);
                }
            });

            assertThat(results).allMatch(Verification::passed).allMatch(result -> result.tokensChecked() == 3);
        }
    }

    @Test
    void shouldDoNothingWhereNoRankHasRows() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            List<Verification> results = ranks.run(rank -> verify(rank, new int[] {0, 0}, Layout.PADDED, 2));

            assertThat(results).allMatch(result -> result.passed() && result.tokensChecked() == 0);
        }
    }

    @Test
    void shouldFailWhenAByteIsFlippedInTransit() throws Exception {
        // Behind the hello (36 bytes) and the header of the first all-gather (32): the third float's high byte.
        long highByteOfAState = 36 + 32 + 2 * Float.BYTES + 3;
        try (TcpRanks ranks = TcpRanks.open(2);
                FlippingRelay relay = FlippingRelay.start(ranks.addresses().get(0), highByteOfAState)) {
            List<InetSocketAddress> right = ranks.addresses();
            List<InetSocketAddress> viaRelay = List.of(relay.address(), right.get(1));

            List<Outcome<Verification>> outcomes =
                    ranks.outcomes(List.of(right, viaRelay), rank -> verify(rank, new int[] {4, 4}, Layout.PADDED, 1));

            assertThat(relay.flipped()).isTrue();
            assertThat(outcomes.get(0).get().passed()).isTrue();
            assertThat(outcomes.get(1).get().passed()).isFalse();
            assertThat(outcomes.get(1).get().firstFailure()).startsWith("request 1000 position 0: relative error ");
        }
    }

    @Test
    void shouldPassBehindARelayThatFlipsNothing() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2);
                FlippingRelay relay = FlippingRelay.start(ranks.addresses().get(0), Long.MAX_VALUE)) {
            List<InetSocketAddress> right = ranks.addresses();
            List<InetSocketAddress> viaRelay = List.of(relay.address(), right.get(1));

            List<Outcome<Verification>> outcomes =
                    ranks.outcomes(List.of(right, viaRelay), rank -> verify(rank, new int[] {4, 4}, Layout.PADDED, 1));

            assertThat(outcomes).allMatch(outcome -> outcome.get().passed());
        }
    }

    @Test
    void shouldFailWhenTheRowsOfTwoRanksAreSwapped() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3)) {
            List<Verification> results = ranks.run(rank -> {
                SwappingCommunicator swapping = new SwappingCommunicator(rank.communicator(), rank.device());
                return verify(new Rank(rank.rank(), rank.device(), swapping), new int[] {4, 4, 4}, Layout.PADDED, 1);
            });

            assertThat(results.get(0).passed()).isFalse();
            assertThat(results.get(1).passed()).isFalse();
            assertThat(results.get(2).passed()).isTrue();
        }
    }

    @Test
    void shouldBeAttachedToOneGroupAfterAnother() throws Exception {
        try (TcpRanks first = TcpRanks.open(1);
                TcpRanks second = TcpRanks.open(1);
                FfnModel model = first.run(rank -> FfnModel.verified(rank.device(), CONFIG))
                        .get(0)) {
            first.run(rank -> forward(model, rank, new int[] {3}, Layout.PADDED, 1));
            List<Verification> results = second.run(rank -> forward(model, rank, new int[] {4}, Layout.PADDED, 1));

            assertThat(results.get(0).passed()).isTrue();
            assertThat(results.get(0).tokensChecked()).isEqualTo(7);
        }
    }

    @Test
    void shouldRefuseWhatDoesNotFit() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(1)) {
            ranks.run(rank -> {
                TokenBatch batch = new TokenBatch();
                batch.addRange(1, 0, 3);
                try (FfnModel model = FfnModel.unverified(rank.device(), CONFIG)) {
                    ForwardShape shape = new ForwardShape(0, new int[] {2}, Layout.PADDED, 1);
                    assertThatThrownBy(() -> model.forward(batch, shape, null))
                            .isInstanceOf(IllegalStateException.class);
                    model.attach(rank.communicator());
                    assertThatThrownBy(() -> model.forward(batch, shape, null))
                            .hasMessage("a batch of 3 tokens does not fit into 2 rows");
                    ForwardShape other = new ForwardShape(1, new int[] {3, 3}, Layout.PADDED, 1);
                    assertThatThrownBy(() -> model.forward(batch, other, null)).hasMessageContaining("rank 1 of 2");
                    assertThat(model.verification()).isEmpty();
                }
                return rank;
            });
        }
    }

    private static Verification verify(Rank rank, int[] tokens, Layout layout, int microbatches) {
        try (FfnModel model = FfnModel.verified(rank.device(), CONFIG)) {
            forward(model, rank, tokens, layout, microbatches);
            forward(model, rank, tokens, layout, microbatches);
            return forward(model, rank, tokens, layout, microbatches);
        }
    }

    /** One pass in which rank r has {@code tokens[r]} tokens of request 1000 * r; two rows more where it is padded. */
    private static Verification forward(FfnModel model, Rank rank, int[] tokens, Layout layout, int microbatches) {
        int[] rows = tokens.clone();
        if (layout == Layout.PADDED) {
            int most = Arrays.stream(tokens).max().orElseThrow();
            Arrays.fill(rows, most == 0 ? 0 : most + 2);
        }
        TokenBatch batch = new TokenBatch();
        batch.addRange(1000L * rank.rank(), 0, tokens[rank.rank()]);
        model.attach(rank.communicator());
        model.forward(batch, new ForwardShape(rank.rank(), rows, layout, microbatches), null);
        return model.verification().orElseThrow();
    }
}
