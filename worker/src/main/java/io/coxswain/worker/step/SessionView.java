package io.coxswain.worker.step;

import com.google.protobuf.ByteString;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a session at a moment. Immutable: the event loop publishes a new one with every change.
 *
 * @param state where the session is
 * @param admission what the latest welcome gave; null before the first came
 * @param epoch the latest epoch other than a planned one; null before the first
 * @param planned the epoch that is prepared beside the running one; null where there is none
 * @param ending why the session is over, or is about to be; null while nothing of the kind is known
 */
record SessionView(
        SessionState state,
        @Nullable Admission admission,
        @Nullable EpochView epoch,
        @Nullable EpochView planned,
        @Nullable Ending ending) {

    /**
     * An epoch on its way.
     *
     * @param communicatorId null before it came
     * @param started whether its steps go on
     * @param brokenOff whether this member has stopped working on it, and waits to be told what follows
     * @param abort null unless it was aborted
     */
    record EpochView(
            GroupMembership membership,
            @Nullable ByteString communicatorId,
            boolean started,
            boolean brokenOff,
            @Nullable EpochAbort abort) {

        static EpochView announced(GroupMembership membership) {
            return new EpochView(membership, null, false, false, null);
        }

        EpochView withCommunicatorId(ByteString id) {
            return new EpochView(membership, id, started, brokenOff, abort);
        }

        EpochView nowStarted() {
            return new EpochView(membership, communicatorId, true, brokenOff, abort);
        }

        EpochView nowBrokenOff() {
            return new EpochView(membership, communicatorId, started, true, abort);
        }

        EpochView withAbort(EpochAbort over) {
            return new EpochView(membership, communicatorId, started, brokenOff, over);
        }

        boolean isOver() {
            return abort != null;
        }
    }

    /**
     * How a session ends.
     *
     * @param exception what every wait ends with
     * @param jobEnd how the job ended; null where that is not the reason
     */
    record Ending(
            Supplier<SessionException> exception, @Nullable JobEnd jobEnd) {}

    static SessionView connecting() {
        return new SessionView(SessionState.CONNECTING, null, null, null, null);
    }

    SessionView in(SessionState next) {
        return new SessionView(next, admission, epoch, planned, ending);
    }

    SessionView with(Admission came) {
        return new SessionView(state, came, epoch, planned, ending);
    }

    SessionView withEpoch(@Nullable EpochView latest, @Nullable EpochView next) {
        return new SessionView(state, admission, latest, next, ending);
    }

    SessionView with(JobEnd over) {
        return new SessionView(state, admission, epoch, planned, new Ending(() -> new JobEndedException(over), over));
    }

    SessionView endedBy(Supplier<SessionException> reason) {
        return new SessionView(state, admission, epoch, planned, new Ending(reason, null));
    }

    /** Where a session with a coordinator is by what it knows of its epoch. */
    SessionState attachedState() {
        if (epoch == null || epoch.isOver()) {
            return SessionState.WAITING;
        }
        return epoch.started() ? SessionState.RUNNING : SessionState.PREPARING;
    }

    /** The epoch of that number, planned or not; null where it is none of the two. */
    @Nullable
    EpochView epochOf(io.coxswain.v1.Epoch id) {
        if (epoch != null && epoch.membership().epoch().equals(id)) {
            return epoch;
        }
        return planned != null && planned.membership().epoch().equals(id) ? planned : null;
    }

    /** Whether this member is in the epoch that follows another as planned. */
    boolean hasSuccessorOf(io.coxswain.v1.Epoch id) {
        return planned != null || epoch == null || !epoch.membership().epoch().equals(id);
    }
}
