package io.coxswain.coordinator.core;

import static io.coxswain.coordinator.core.Facts.decode;
import static io.coxswain.coordinator.core.Facts.eager;
import static io.coxswain.coordinator.core.Facts.mixed;
import static io.coxswain.coordinator.core.Facts.ranks;
import static io.coxswain.coordinator.core.Facts.voting;
import static io.coxswain.coordinator.core.Facts.whole;
import static io.coxswain.coordinator.core.Facts.zero;
import static io.coxswain.coordinator.core.Keys.decodeFull;
import static io.coxswain.coordinator.core.Keys.piecewise;
import static io.coxswain.coordinator.core.Keys.twin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.coxswain.types.CudaGraphMode;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Cases computed by hand from the rules. */
class StepDeciderTest {

    private static final DecisionSettings DEFAULTS = DecisionSettings.defaults();
    private static final DecisionSettings NO_GRAPHS =
            DecisionSettings.builder().graphMode(GraphModeSetting.NONE).build();
    private static final DecisionSettings SPLITTING = DecisionSettings.builder()
            .captureSizes(List.of(32, 48, 64, 128))
            .microbatches(2)
            .build();

    @Nested
    class WithoutTokens {

        @Test
        void shouldRunNobodyWhereNobodyHasTokens() {
            Decision decision = decide(DEFAULTS, zero(), zero(), zero());

            assertThat(decision.action()).isEqualTo(Action.IDLE);
            assertThat(decision.numTokensAcrossDp()).isEmpty();
            assertThat(decision.graphMode()).isEqualTo(CudaGraphMode.NONE);
            assertThat(decision.reason().text()).isEqualTo("no rank has tokens");
        }

        @Test
        void shouldStopWhereAllHaveFinished() {
            assertThat(finishing(1, 1).action()).isEqualTo(Action.STOP);
            assertThat(finishing(1, 0).action()).isEqualTo(Action.IDLE);
        }

        @Test
        void shouldNotStopWhileARankHasTokens() {
            Decision decision = decide(withVotes(finished()), voting(zero(), 1), voting(decode(1, 1), 1));

            assertThat(decision.action()).isEqualTo(Action.RUN);
            assertThat(decision.reported().votes()).containsExactly(OptionalLong.of(1));
        }

        private Decision finishing(long first, long second) {
            return decide(withVotes(finished()), voting(zero(), first), voting(zero(), second));
        }

        private VoteDefinition finished() {
            return new VoteDefinition("finished", Reducer.ALL);
        }
    }

    @Nested
    class InOneGraph {

        @Test
        void shouldPadAllToTheGraphThatHoldsTheLargest() {
            Decision decision = decide(DEFAULTS, decode(3, 1), decode(13, 1));

            assertThat(decision.graph()).isEqualTo(decodeFull(16, 16));
            assertThat(decision.graphMode()).isEqualTo(CudaGraphMode.FULL);
            assertThat(decision.numTokensAcrossDp()).containsExactly(16, 16);
            assertThat(decision.gather()).isEqualTo(Gather.PADDED);
            assertThat(decision.microbatches()).isEqualTo(1);
            assertThat(decision.reported()).isEqualTo(new Reported(13, 3, 16, 13, 1, List.of()));
            assertThat(decision.reason()).isEqualTo(Reason.of(Reason.Kind.GRAPH_FITS));
        }

        @Test
        void shouldUsePiecesWhereOneRankIsNotUniform() {
            Decision decision = decide(DEFAULTS, decode(3, 1), mixed(100, 4));

            assertThat(decision.graph()).isEqualTo(piecewise(104));
            assertThat(decision.numTokensAcrossDp()).containsExactly(104, 104);
            assertThat(decision.reported().uniformTokenCount()).isEqualTo(RankFacts.NOT_UNIFORM);
        }

        @Test
        void shouldLetARankWithoutTokensTakePartWithPaddingOnly() {
            Decision decision = decide(DEFAULTS, zero(), decode(5, 1), eager(zero()));

            assertThat(decision.action()).isEqualTo(Action.RUN);
            assertThat(decision.graph()).isEqualTo(decodeFull(8, 8));
            assertThat(decision.numTokensAcrossDp()).containsExactly(8, 8, 8);
            assertThat(decision.reported().uniformTokenCount()).isEqualTo(1);
        }

        @Test
        void shouldCountTheVotesOfARankWithoutTokens() {
            DecisionSettings settings = withVotes(
                    new VoteDefinition("skip_drafts", Reducer.ALL), new VoteDefinition("version", Reducer.SAME));

            Decision decision = decide(settings, voting(zero(), 0, 7), voting(decode(5, 1), 1, 8));

            assertThat(decision.reported().votes()).containsExactly(OptionalLong.of(0), OptionalLong.empty());
        }

        @Test
        void shouldServeAWorldOfOne() {
            assertThat(decide(DEFAULTS, decode(5, 1)).numTokensAcrossDp()).containsExactly(8);
            assertThat(decide(DEFAULTS, zero()).action()).isEqualTo(Action.IDLE);
            Decision tooLarge = decide(DEFAULTS, mixed(513, 2));
            assertThat(tooLarge.numTokensAcrossDp()).containsExactly(513);
            assertThat(tooLarge.gather()).isEqualTo(Gather.PADDED);
        }

        @Test
        void shouldUseOnlyGraphsThatAllRanksHaveCaptured() {
            GraphTable graphs = GraphTable.of(
                    DEFAULTS, CapturedSet.of(List.of(decodeFull(8, 8), decodeFull(24, 24), piecewise(32))));

            assertThat(StepDecider.decide(graphs, ranks(decode(9, 1), decode(2, 1)))
                            .graph())
                    .isEqualTo(decodeFull(24, 24));
            assertThat(StepDecider.decide(graphs, ranks(mixed(9, 1), decode(2, 1)))
                            .graph())
                    .isEqualTo(piecewise(32));
            assertThat(StepDecider.decide(graphs, ranks(mixed(33, 1), decode(2, 1)))
                            .graph())
                    .isNull();
        }
    }

    @Nested
    class Eagerly {

        @Test
        void shouldRunAllWithTheirRawCountsWhereOneRankHasNoGraph() {
            Decision decision = decide(DEFAULTS, decode(8, 1), mixed(600, 2));

            assertThat(decision.graph()).isNull();
            assertThat(decision.numTokensAcrossDp()).containsExactly(8, 600);
            assertThat(decision.reason()).isEqualTo(new Reason(Reason.Kind.NO_GRAPH_FOR_RANK, 1));
            assertThat(decision.reason().text()).isEqualTo("rank 1 has a batch that no graph fits: all run eagerly");
        }

        @Test
        void shouldRunAllWithTheirRawCountsWhereOneRankCannotUseAGraph() {
            Decision decision = decide(DEFAULTS, decode(8, 1), eager(decode(4, 1)), eager(decode(2, 1)));

            assertThat(decision.graph()).isNull();
            assertThat(decision.numTokensAcrossDp()).containsExactly(8, 4, 2);
            assertThat(decision.reported().uniformTokenCount()).isEqualTo(1);
            assertThat(decision.reason()).isEqualTo(new Reason(Reason.Kind.EAGER_RANK, 1));
        }

        @Test
        void shouldSayThatThereAreNoGraphs() {
            assertThat(decide(NO_GRAPHS, decode(8, 1)).reason().text()).isEqualTo("no graph exists: all run eagerly");
        }

        @Test
        void shouldPadTheGatherWhereAtLeastHalfOfItAreTokens() {
            // 2 * (10 + 0) = 20 >= 10 * 2; 2 * (10 + 4) = 28 < 10 * 3; 2 * (10 + 5) = 30 >= 10 * 3.
            assertThat(decide(NO_GRAPHS, mixed(10, 1), zero()).gather()).isEqualTo(Gather.PADDED);
            assertThat(decide(NO_GRAPHS, mixed(10, 1), mixed(4, 1), zero()).gather())
                    .isEqualTo(Gather.VARIABLE);
            assertThat(decide(NO_GRAPHS, mixed(10, 1), mixed(5, 1), zero()).gather())
                    .isEqualTo(Gather.PADDED);
        }

        @Test
        void shouldNotOverflowWhereCountsAreHuge() {
            RankFacts huge = mixed(Integer.MAX_VALUE, 1);

            assertThat(decide(NO_GRAPHS, huge, huge, huge).gather()).isEqualTo(Gather.PADDED);
            assertThat(decide(NO_GRAPHS, huge, zero(), zero()).gather()).isEqualTo(Gather.VARIABLE);
        }

        @Test
        void shouldPadToTheLargestWhereEachRankHasAGraphButNoneFitsAll() {
            // 12 decode tokens fit the FULL graph, 5 mixed ones the piece; together they are 12 mixed ones, and fit
            // neither.
            GraphTable graphs = GraphTable.of(DEFAULTS, CapturedSet.of(List.of(decodeFull(16, 16), piecewise(8))));

            Decision decision = StepDecider.decide(graphs, ranks(decode(12, 1), mixed(5, 2)));

            assertThat(decision.graph()).isNull();
            assertThat(decision.numTokensAcrossDp()).containsExactly(12, 12);
            assertThat(decision.gather()).isEqualTo(Gather.PADDED);
            assertThat(decision.reason()).isEqualTo(Reason.of(Reason.Kind.NO_COMMON_GRAPH));
        }
    }

    @Nested
    class InMicrobatches {

        @Test
        void shouldSplitWhereAllAllowItAndReachTheThreshold() {
            Decision decision = decide(SPLITTING, decode(32, 1), decode(50, 1));

            assertThat(decision.graph()).isEqualTo(twin(64, 64));
            assertThat(decision.microbatches()).isEqualTo(2);
            assertThat(decision.numTokensAcrossDp()).containsExactly(64, 64);
            assertThat(decision.gather()).isEqualTo(Gather.PADDED);
            assertThat(decision.reason().kind()).isEqualTo(Reason.Kind.MICROBATCHES_IN_GRAPH);
        }

        @Test
        void shouldSplitEagerRanksToo() {
            assertThat(decide(SPLITTING, eager(decode(32, 1)), decode(50, 1)).graph())
                    .isEqualTo(twin(64, 64));
        }

        @Test
        void shouldNotSplitWhereOneRankIsBelowTheThresholdOrRefusesOrHasNoTokens() {
            assertThat(decide(SPLITTING, decode(31, 1), decode(50, 1)).microbatches())
                    .isEqualTo(1);
            assertThat(decide(SPLITTING, whole(decode(32, 1)), decode(50, 1)).microbatches())
                    .isEqualTo(1);
            assertThat(decide(SPLITTING, zero(), decode(50, 1)).microbatches()).isEqualTo(1);
        }

        @Test
        void shouldNeedThePrefillThresholdWhereNotAllDecode() {
            assertThat(decide(SPLITTING, mixed(511, 2), decode(512, 1)).microbatches())
                    .isEqualTo(1);

            Decision decision = decide(SPLITTING, mixed(512, 2), decode(512, 1));

            assertThat(decision.microbatches()).isEqualTo(2);
            assertThat(decision.graph()).isNull();
            assertThat(decision.numTokensAcrossDp()).containsExactly(512, 512);
            assertThat(decision.reason().kind()).isEqualTo(Reason.Kind.MICROBATCHES_EAGER);
        }

        @Test
        void shouldTakeAUniformityOtherThanTheDecodeQueryLengthForPrefill() {
            assertThat(decide(SPLITTING, decode(32, 2), decode(32, 2)).microbatches())
                    .isEqualTo(1);
        }

        @Test
        void shouldTakeAGraphOfTwiceTheSmallestCountAndNoLarger() {
            Decision twice = decide(SPLITTING, decode(32, 1), decode(64, 1));
            Decision more = decide(SPLITTING, decode(32, 1), decode(65, 1));

            assertThat(twice.graph()).isEqualTo(twin(64, 64));
            assertThat(more.graph()).isNull();
            assertThat(more.microbatches()).isEqualTo(2);
            assertThat(more.numTokensAcrossDp()).containsExactly(65, 65);
        }

        @Test
        void shouldSplitAWorldOfOne() {
            assertThat(decide(SPLITTING, decode(40, 1)).graph()).isEqualTo(twin(48, 48));
        }
    }

    @Test
    void shouldGiveEqualDecisionsForEqualReports() {
        Decision decision = decide(DEFAULTS, decode(3, 1), mixed(600, 2));

        assertThat(decide(DEFAULTS, decode(3, 1), mixed(600, 2)))
                .isEqualTo(decision)
                .hasSameHashCodeAs(decision)
                .hasToString(decision.toString());
        assertThat(decide(DEFAULTS, decode(3, 1), mixed(601, 2))).isNotEqualTo(decision);
    }

    @Test
    void shouldLeaveLoraCountsToTheRanks() {
        RankFacts plain = decode(5, 1);
        RankFacts adapted = new RankFacts(5, 5, 1, true, false, 3, new long[0]);

        assertThat(decide(DEFAULTS, adapted, plain)).isEqualTo(decide(DEFAULTS, plain, plain));
    }

    @Test
    void shouldRefuseReportsThatDoNotFitTheSettings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decide(DEFAULTS))
                .withMessage("reports has 0 entries; allowed are one for each rank");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decide(DEFAULTS, decode(1, 1), voting(decode(1, 1), 1)))
                .withMessage("votes of rank 1 has 1 entries; allowed are 0, as many as the settings have");
    }

    private static DecisionSettings withVotes(VoteDefinition... votes) {
        return DecisionSettings.builder().votes(List.of(votes)).build();
    }

    private static Decision decide(DecisionSettings settings, RankFacts... reports) {
        return StepDecider.decide(GraphTable.of(settings, CapturedSet.ALL), reports);
    }
}
