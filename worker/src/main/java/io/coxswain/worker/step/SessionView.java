package io.coxswain.worker.step;

import com.google.protobuf.ByteString;
import io.coxswain.v1.Welcome;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a session at a moment. Immutable: the event loop publishes a new one with every change.
 *
 * @param state where the session is
 * @param welcome null before it came
 * @param epoch the latest epoch; null before the first
 * @param end why the session is over; null while it is not
 * @param jobEnd how the job ended; null while it has not
 */
record SessionView(
        SessionState state,
        @Nullable Welcome welcome,
        @Nullable EpochView epoch,
        @Nullable Supplier<SessionException> end,
        @Nullable JobEnd jobEnd) {

    /**
     * An epoch on its way.
     *
     * @param communicatorId null before it came
     * @param abort null unless it was aborted
     */
    record EpochView(
            GroupMembership membership,
            @Nullable ByteString communicatorId,
            @Nullable EpochAbort abort) {

        EpochView withCommunicatorId(ByteString id) {
            return new EpochView(membership, id, abort);
        }

        EpochView withAbort(EpochAbort over) {
            return new EpochView(membership, communicatorId, over);
        }
    }

    static SessionView connecting() {
        return new SessionView(SessionState.CONNECTING, null, null, null, null);
    }

    SessionView in(SessionState next) {
        return new SessionView(next, welcome, epoch, end, jobEnd);
    }

    SessionView with(Welcome came) {
        return new SessionView(state, came, epoch, end, jobEnd);
    }

    SessionView with(EpochView latest) {
        return new SessionView(state, welcome, latest, end, jobEnd);
    }

    SessionView with(JobEnd over) {
        return new SessionView(state, welcome, epoch, () -> new JobEndedException(over), over);
    }

    SessionView endedBy(Supplier<SessionException> reason) {
        return new SessionView(state, welcome, epoch, reason, jobEnd);
    }
}
