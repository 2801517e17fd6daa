package io.coxswain.worker;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.step.EpochAbort;
import io.coxswain.worker.step.JobEnd;
import io.coxswain.worker.step.SessionListener;
import io.coxswain.worker.step.StepClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what the forward thread is in when the session says that the epoch, the job or the coordinator is gone: the
 * communicator is aborted and the step client's waits end, whichever of them is there by then.
 *
 * <p>Thread-safe: the forward thread hands over what it works with, the session's event loop shuts it.
 */
final class EpochGate implements SessionListener {

    private static final Logger LOG = LoggerFactory.getLogger(EpochGate.class);

    private @Nullable StepClient steps;
    private @Nullable Communicator communicator;
    private @Nullable String shutBecause;
    private long shutThroughEpoch;

    /** Guards the step client's waits from now on. */
    synchronized void guard(StepClient client) {
        steps = client;
        if (shutBecause != null) {
            client.stopThrough(shutThroughEpoch, shutBecause);
        }
    }

    /** Guards the communicator of an epoch, connected or not. */
    synchronized void guard(Communicator ofEpoch) {
        communicator = ofEpoch;
        if (shutBecause != null) {
            ofEpoch.abort(shutBecause);
        }
    }

    @Override
    public void onAbort(EpochAbort abort) {
        LOG.warn("epoch {} is over: {}", abort.epoch(), abort.reason());
        shut(abort.epoch(), abort.reason());
    }

    @Override
    public void onJobEnded(JobEnd end) {
        LOG.debug("the job has ended ({}): {}", end.outcome(), end.reason());
        switch (end.outcome()) {
            case OUTCOME_STOPPED -> {}
            case OUTCOME_FAILED, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> shut(StepClient.ALL_EPOCHS, end.reason());
        }
    }

    @Override
    public void onCoordinatorLost(String reason) {
        LOG.error("the coordinator is lost: {}", reason);
        shut(StepClient.ALL_EPOCHS, reason);
    }

    private synchronized void shut(long throughEpoch, String reason) {
        shutBecause = reason;
        shutThroughEpoch = Math.max(shutThroughEpoch, throughEpoch);
        if (communicator != null) {
            communicator.abort(reason);
        }
        if (steps != null) {
            steps.stopThrough(shutThroughEpoch, reason);
        }
    }
}
