package io.coxswain.coordinator.core;

import java.util.Map;
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
     * @param numbering who says which attempt it is
     */
    public record Standing(
            @Nullable Attachment attachment, long highestEpoch, boolean predecessorEnded, Numbering numbering) {

        /** Of a member that has just started. */
        public static final Standing NEW = new Standing(null, 0, false);

        /** Of a member whose starter counts the attempts. */
        public Standing(@Nullable Attachment attachment, long highestEpoch, boolean predecessorEnded) {
            this(attachment, highestEpoch, predecessorEnded, Numbering.BY_STARTER);
        }
    }

    /** Who says which attempt of its place a member is. */
    public enum Numbering {
        /** Whoever started it. */
        BY_STARTER,
        /** Nobody yet: the coordinator is to. */
        WANTED,
        /** A coordinator, which may have known of fewer members than there were. */
        BY_COORDINATOR
    }

    /** The same as an attempt of a place that a coordinator has found. */
    Hello as(int attempt, int itsPlace) {
        var numbered = new MemberId(member.id(), attempt);
        return new Hello(job, numbered, OptionalInt.of(itsPlace), origin, settings, captured, promisedTerm, standing);
    }

    /**
     * Where a worker runs.
     *
     * @param host its name
     * @param pid its process id there
     * @param device what it runs on
     * @param collectiveAddress host:port where peers reach its collectives; empty where it has no use for one
     * @param labels what whoever started it calls it, for people
     */
    public record Origin(String host, int pid, String device, String collectiveAddress, Map<String, String> labels) {

        /** The label that names a worker better than its host does. */
        private static final String POD = "pod";

        /** Copies the labels. */
        public Origin {
            labels = Map.copyOf(labels);
        }

        /** Of a worker without labels. */
        public Origin(String host, int pid, String device, String collectiveAddress) {
            this(host, pid, device, collectiveAddress, Map.of());
        }

        /** "host-b, pid 4711", or the pod's name where it has one. */
        String text() {
            return labels.getOrDefault(POD, host) + ", pid " + pid;
        }
    }
}
