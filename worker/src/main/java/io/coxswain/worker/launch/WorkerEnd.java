package io.coxswain.worker.launch;

import java.time.Duration;
import java.util.List;

/**
 * How a worker has ended.
 *
 * @param pid of its process; 0: it could not be started
 * @param cause who made it end
 */
record WorkerEnd(ChildGroup.Seat seat, long pid, int exitCode, ChildProcess.Cause cause, Tail tail) {
    /** What it said last. */
    @FunctionalInterface
    interface Tail {
        Tail NONE = limit -> List.of();

        /** Its last lines on stderr, after a short wait for those still in the pipe. */
        List<String> lines(Duration limit);
    }

    int place() {
        return seat.place();
    }

    /** It says that it has done all that it was there for. */
    boolean isFinished() {
        return cause != ChildProcess.Cause.NODE_LOST
                && (exitCode == ExitCodes.OK || exitCode == ExitCodes.VERIFICATION_FAILED);
    }

    String how() {
        return cause == ChildProcess.Cause.NODE_LOST ? "its node is lost" : ExitCodes.describe(exitCode);
    }

    /** Of one without a summary. */
    String what() {
        return "rank " + place() + " ended" + (isFinished() ? " without a summary" : "") + ": " + how();
    }
}
