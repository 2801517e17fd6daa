package io.coxswain.coordinator.core;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a worker introduces itself.
 *
 * @param job the job's name
 * @param member this start of the worker's process
 * @param place the place it wants; empty for the lowest free one
 * @param origin where it runs, for people and for its peers
 * @param settings what it believes the job's settings are
 * @param captured the graphs it has
 * @param promisedTerm the highest term it was told
 * @param standing what it brings along from before
 */
public record Hello(
        String job,
        MemberId member,
        OptionalInt place,
        Origin origin,
        JobSettings settings,
        CapturedSet captured,
        TermId promisedTerm,
        Standing standing) {

    /**
     * What a member brings along from before.
     *
     * @param attachment where it is; null where it is in no epoch
     * @param highestEpoch the highest epoch number it has heard of; 0 for none
     * @param predecessorEnded whether the place's former member is known to have ended
     */
    public record Standing(@Nullable Attachment attachment, long highestEpoch, boolean predecessorEnded) {

        /** Of a member that has just started. */
        public static final Standing NEW = new Standing(null, 0, false);
    }

    /**
     * Where a worker runs.
     *
     * @param host its name
     * @param pid its process id there
     * @param device what it runs on
     * @param collectiveAddress host:port where peers reach its collectives; empty where it has no use for one
     */
    public record Origin(String host, int pid, String device, String collectiveAddress) {}
}
