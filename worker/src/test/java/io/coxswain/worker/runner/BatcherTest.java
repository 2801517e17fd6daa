package io.coxswain.worker.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatcherTest {
    private final List<ExecutedRequest> finished = new ArrayList<>();

    @Test
    void shouldFinishARequestOfOneTokenEachInOneStep() {
        Batcher batcher = batcherOf(8, 4);
        batcher.add(new FeedRequest(7, 3, 1, 1));

        assertThat(segments(batcher.plan())).containsExactly("7@0+1");
        batcher.commit(finished::add);

        assertThat(finished).containsExactly(new ExecutedRequest(7, 3, 1, 1));
        assertThat(batcher.isEmpty()).isTrue();
        assertThat(batcher.plan().numTokens()).isZero();
        assertThat(batcher.forwardTokens()).isEqualTo(1);
    }

    @Test
    void shouldYieldTheFirstGeneratedTokenFromTheLastPrefillChunk() {
        Batcher batcher = batcherOf(4, 4);
        batcher.add(request(1, 10, 3));

        assertThat(schedule(batcher, 5)).containsExactly("1@0+4", "1@4+4", "1@8+2", "1@10+1", "1@11+1");

        assertThat(finished).containsExactly(new ExecutedRequest(1, 0, 10, 3));
        assertThat(batcher.forwardTokens()).isEqualTo(12);
        assertThat(batcher.promptTokens()).isEqualTo(10);
        assertThat(batcher.generatedTokens()).isEqualTo(3);
        assertThat(batcher.requestsCompleted()).isEqualTo(1);
    }

    @Test
    void shouldTakeDecodesFirstAndFillTheBudgetWithPrefillChunksInArrivalOrder() {
        Batcher batcher = batcherOf(5, 4);
        batcher.add(request(1, 7, 2));
        batcher.add(request(2, 3, 3));
        batcher.add(request(3, 4, 1));

        assertThat(schedule(batcher, 4)).containsExactly("1@0+5", "1@5+2 2@0+3", "1@7+1 2@3+1 3@0+3", "2@4+1 3@3+1");

        assertThat(finished)
                .containsExactly(
                        new ExecutedRequest(1, 0, 7, 2),
                        new ExecutedRequest(2, 0, 3, 3),
                        new ExecutedRequest(3, 0, 4, 1));
        assertThat(batcher.isEmpty()).isTrue();
    }

    @Test
    void shouldDecodeNoMoreRequestsThanTheBudgetHasTokens() {
        Batcher batcher = batcherOf(2, 3);
        batcher.add(request(1, 1, 2));
        batcher.add(request(2, 1, 3));
        batcher.add(request(3, 1, 2));

        assertThat(schedule(batcher, 4)).containsExactly("1@0+1 2@0+1", "1@1+1 2@1+1", "2@2+1 3@0+1", "3@1+1");
    }

    @Test
    void shouldTellTheTokensThatAllRequestsOfABatchHave() {
        Batcher batcher = batcherOf(6, 4);
        assertThat(batcher.plan().uniformTokenCount()).isZero();

        batcher.add(request(1, 3, 2));
        batcher.add(request(2, 3, 2));
        assertThat(batcher.plan().uniformTokenCount()).isEqualTo(3);
        batcher.commit(finished::add);
        assertThat(batcher.plan().uniformTokenCount()).isEqualTo(1);

        batcher.add(request(3, 2, 1));
        BatchPlan mixed = batcher.plan();
        assertThat(mixed.uniformTokenCount()).isZero();
        assertThat(mixed.numRequests()).isEqualTo(3);
        assertThat(mixed.numTokens()).isEqualTo(4);
    }

    @Test
    void shouldPlanAgainWithWhatArrivedMeanwhile() {
        Batcher batcher = batcherOf(8, 4);
        assertThat(batcher.plan().numTokens()).isZero();

        batcher.add(request(1, 3, 1));
        assertThat(segments(batcher.plan())).containsExactly("1@0+3");
        batcher.add(request(2, 2, 1));
        assertThat(segments(batcher.plan())).containsExactly("1@0+3", "2@0+2");

        batcher.commit(finished::add);
        assertThat(batcher.promptTokens()).isEqualTo(5);
    }

    @Test
    void shouldCommitThePlanAndNotWhatArrivedAfterIt() {
        Batcher batcher = batcherOf(8, 4);
        batcher.add(request(1, 3, 1));
        batcher.plan();
        batcher.add(request(2, 2, 1));

        batcher.commit(finished::add);

        assertThat(batcher.promptTokens()).isEqualTo(3);
        assertThat(segments(batcher.plan())).containsExactly("2@0+2");
    }

    @Test
    void shouldDoADiscardedStepAgainAndCountItOnce() {
        Batcher batcher = batcherOf(4, 4);
        batcher.add(request(1, 6, 2));
        batcher.plan();
        batcher.commit(finished::add);

        assertThat(segments(batcher.plan())).containsExactly("1@4+2");
        batcher.discard();
        assertThat(batcher.promptTokens()).isEqualTo(4);
        assertThat(segments(batcher.plan())).containsExactly("1@4+2");
        batcher.commit(finished::add);
        assertThat(batcher.promptTokens()).isEqualTo(6);
        assertThat(batcher.generatedTokens()).isEqualTo(1);
    }

    @Test
    void shouldRefuseToCommitWhatIsNotPlanned() {
        Batcher batcher = batcherOf(4, 4);
        assertThatIllegalStateException().isThrownBy(() -> batcher.commit(finished::add));
        batcher.plan();
        batcher.commit(finished::add);
        assertThatIllegalStateException().isThrownBy(() -> batcher.commit(finished::add));
        batcher.plan();
        batcher.discard();
        assertThatIllegalStateException().isThrownBy(() -> batcher.commit(finished::add));
    }

    @Test
    void shouldHaveRoomForTwoStepsOfPromptsAtTheirMeanLength() {
        Batcher batcher = batcherOf(80, 100);
        // 160 tokens wanted, a prompt taken for 80 / 8.
        assertThat(batcher.room()).isEqualTo(16);
        batcher.add(request(1, 40, 1));
        // 120 tokens wanted at 40 each.
        assertThat(batcher.room()).isEqualTo(3);
        batcher.add(request(2, 110, 1));
        // 10 tokens wanted at 75 each.
        assertThat(batcher.room()).isEqualTo(1);
        batcher.add(request(3, 10, 1));
        assertThat(batcher.room()).isZero();

        batcher.plan();
        assertThat(batcher.room()).isZero();
        batcher.commit(finished::add);
        // 80 of 160 left, so 80 wanted at 53 each.
        assertThat(batcher.room()).isEqualTo(1);
    }

    @Test
    void shouldHaveNoMoreRoomThanRequestsAreAllowed() {
        Batcher batcher = batcherOf(2048, 2);
        assertThat(batcher.room()).isEqualTo(2);
        batcher.add(request(1, 1, 9));
        assertThat(batcher.room()).isEqualTo(1);
        batcher.add(request(2, 1, 9));
        assertThat(batcher.room()).isZero();
        assertThat(batcher.isFull()).isTrue();
        assertThatIllegalStateException()
                .isThrownBy(() -> batcher.add(request(3, 1, 9)))
                .withMessageContaining("allowed are 2");
    }

    @Test
    void shouldRefuseLimitsOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BatchLimits(0, 1))
                .withMessage("maxTokens is 0; allowed are 1 to 1048576");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BatchLimits(1, 65_537))
                .withMessage("maxRequests is 65537; allowed are 1 to 65536");
        assertThat(BatchLimits.DEFAULT).isEqualTo(new BatchLimits(2048, 256));
    }

    private List<String> schedule(Batcher batcher, int steps) {
        List<String> schedule = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            schedule.add(String.join(" ", segments(batcher.plan())));
            batcher.commit(finished::add);
        }
        return schedule;
    }

    /** Each as request@first+count. */
    private static List<String> segments(BatchPlan plan) {
        List<String> segments = new ArrayList<>();
        for (int segment = 0; segment < plan.numRequests(); segment++) {
            segments.add(plan.requestId(segment) + "@" + plan.firstPosition(segment) + "+" + plan.count(segment));
        }
        return segments;
    }

    private static Batcher batcherOf(int maxTokens, int maxRequests) {
        return new Batcher(new BatchLimits(maxTokens, maxRequests));
    }

    private static FeedRequest request(long id, int promptTokens, int generatedTokens) {
        return new FeedRequest(id, 0, promptTokens, generatedTokens);
    }
}
