package io.coxswain.worker.bench;

import io.coxswain.v1.JobEnded;
import io.coxswain.worker.step.EpochAbort;
import io.coxswain.worker.step.JobEnd;
import io.coxswain.worker.step.SessionListener;
import io.coxswain.worker.step.StepClient;
import org.jspecify.annotations.Nullable;

/** Ends the rank's wait for a decision when the control stream says that none will come. Thread-safe. */
final class EpochGuard implements SessionListener {
    private @Nullable StepClient client;
    private long lastEpoch;
    private String reason = "";

    /** What ended before the client was there ends it now. */
    synchronized void protect(StepClient started) {
        client = started;
        if (lastEpoch > 0) {
            started.stopThrough(lastEpoch, reason);
        }
    }

    @Override
    public void onAbort(EpochAbort abort) {
        stopThrough(abort.epoch(), abort.reason());
    }

    @Override
    public void onJobEnded(JobEnd end) {
        // A good end is what the rank agreed to in its last step, whose decision it may not have read yet.
        if (end.outcome() != JobEnded.Outcome.OUTCOME_STOPPED) {
            stopThrough(StepClient.ALL_EPOCHS, end.reason());
        }
    }

    @Override
    public void onCoordinatorLost(String why) {
        stopThrough(StepClient.ALL_EPOCHS, why);
    }

    private synchronized void stopThrough(long epoch, String why) {
        lastEpoch = epoch;
        reason = why;
        if (client != null) {
            client.stopThrough(epoch, why);
        }
    }
}
