package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Member;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.RankSummary;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PlayedJobTest {

    private final PlayedJob job = new PlayedJob(0);

    private static GetStatusResponse status(String state, int... ranks) {
        GetStatusResponse.Builder status = GetStatusResponse.newBuilder().setState(state);
        for (int place = 0; place < ranks.length; place++) {
            RankStatus.Builder rank = RankStatus.newBuilder().setPlace(place).setState("running");
            status.addRanks(ranks[place] < 0 ? rank.setState("lost") : rank.setRank(ranks[place]));
        }
        return status.build();
    }

    private static RankSummary summary(int place, long member) {
        return RankSummary.newBuilder()
                .setPlace(place)
                .setMember(Member.newBuilder().setId(member))
                .build();
    }

    @Test
    void shouldWaitForTheSummariesOfAllWhoWereInTheLastEpoch() {
        job.onStatus(status("running", 0, -1, 1), 5);
        job.onStatus(status("stopped"), 6);

        job.onSummary(summary(0, 100));
        assertThat(job.hasAllSummaries()).isFalse();
        job.onSummary(summary(2, 102));
        assertThat(job.hasAllSummaries()).isTrue();
        assertThat(job.summaries()).hasSize(2);
    }

    @Test
    void shouldNotTakeTheWordOfAReplicaThatDoesNotLead() {
        job.onStatus(status("running", 0), 5);
        job.onStatus(status("standby"), 60);

        assertThat(job.isIn("running")).isTrue();
        assertThat(job.silence(65)).isEqualTo(Duration.ofNanos(60));
    }

    @Test
    void shouldMeasureFromTheGroupsStart() {
        job.onStatus(status("joining"), 10);
        job.onStatus(status("preparing"), 20);
        job.onStatus(status("running", 0), 30);
        job.onStatus(status("stopped"), 90);

        assertThat(job.wall()).isEqualTo(Duration.ofNanos(70));
    }

    @Test
    void shouldKeepTheFirstSummaryOfAMember() {
        job.onSummary(summary(0, 100));
        job.onSummary(summary(0, 100).toBuilder().setSteps(9).build());

        assertThat(job.summaries()).containsExactly(summary(0, 100));
    }
}
