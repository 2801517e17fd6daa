package io.coxswain.coordinator.observe;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job's status as it is printed: each component is a member of the JSON object, in snake_case. Immutable.
 *
 * @param job the job's name
 * @param term number of the coordinator's term; 0: it has none
 * @param coordinatorId the coordinator process's random id, 16 hexadecimal digits
 * @param epoch number of the epoch; null: none was prepared yet
 * @param step the epoch's open step
 * @param state joining, reattaching, preparing, running, aborting, waiting, deposed, stopped or failed
 * @param stateDetail one phrase on the state, or why the job failed
 * @param leader the process that serves the job; null: it did not say
 * @param worldSize ranks in the job
 * @param ranks by place, those that never came included
 * @param runDecisions RUN decisions since the job began
 * @param idleDecisions IDLE decisions since the job began
 * @param realTokens sum of the reported tokens of all RUN decisions
 * @param paddedTokens sum over all RUN decisions and ranks of the tokens run, padding included
 * @param culprits places to blame where the job failed, first the one learned of first
 * @param refusals messages refused since the job began, by kind
 * @param waitingFor who is late for the open step, with what is known of them; empty: nobody is
 * @param epochsStarted epochs that have started since the job began
 * @param epochsAborted epochs that were aborted since then
 * @param restarts restarts of workers granted since then
 * @param dataAgeSeconds how old all this is: 0 where the answer is the leader's own
 */
@JsonNaming(SnakeCaseStrategy.class)
record JobStatus(
        String job,
        long term,
        String coordinatorId,
        @Nullable Long epoch,
        long step,
        String state,
        String stateDetail,
        @Nullable Leader leader,
        int worldSize,
        List<Rank> ranks,
        long runDecisions,
        long idleDecisions,
        long realTokens,
        long paddedTokens,
        List<Integer> culprits,
        Map<String, Long> refusals,
        String waitingFor,
        long epochsStarted,
        long epochsAborted,
        long restarts,
        double dataAgeSeconds) {

    JobStatus {
        ranks = List.copyOf(ranks);
        culprits = List.copyOf(culprits);
        refusals = Map.copyOf(refusals);
    }

    /** The process that serves the job, and its {@code host:port}. */
    record Leader(String host, int pid, String address) {}

    /**
     * One place of the job and who holds it.
     *
     * @param rank its number in the epoch's group; its place where it is in no epoch
     * @param place its seat in the job
     * @param host the worker's host; empty: it never came
     * @param pid the worker's process id on that host; 0: it never came
     * @param state missing, joined, preparing, prepared, running, aborting, lost or left
     * @param lastStep the last step it reported in this epoch; null: none
     * @param numTokens tokens in that report
     * @param numRequests requests in that report
     * @param lastMessageAgeSeconds age of its last message; null: none ever came
     * @param phase outside, reported, decided, launched or done; unknown where the coordinator does not say
     * @param device what the rank runs on
     * @param attempt how often the place was filled before
     * @param latenessUs how much later than the step's first report this rank's came, over the job
     * @param late whether the open step waits for it, longer than usual
     * @param detail why it is lost or missing
     * @param labels what whoever started it calls it
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record Rank(
            int rank,
            int place,
            String host,
            int pid,
            String state,
            @Nullable Long lastStep,
            int numTokens,
            int numRequests,
            @Nullable Double lastMessageAgeSeconds,
            String phase,
            String device,
            int attempt,
            LatenessUs latenessUs,
            boolean late,
            String detail,
            Map<String, String> labels) {}

    /** Percentiles of the lateness in microseconds over {@code count} reports; all 0 where none was measured. */
    record LatenessUs(double p50, double p99, double max, long count) {}
}
