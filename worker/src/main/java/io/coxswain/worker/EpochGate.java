package io.coxswain.worker;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.step.Admission;
import io.coxswain.worker.step.EpochAbort;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.JobEnd;
import io.coxswain.worker.step.SessionListener;
import io.coxswain.worker.step.StepClient;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what the forward thread is in when the session says that the epoch, the job or the coordinator is gone: the epoch's
 * communicator is aborted and the step client's waits end, whichever of them is there by then.
 *
 * <p>Thread-safe: the forward thread and the one that prepares a planned epoch hand over what they work with, the session's
 * event loop shuts it.
 */
final class EpochGate implements SessionListener {

    private static final Logger LOG = LoggerFactory.getLogger(EpochGate.class);

    private final Consumer<String> onDrainRefused;
    /** By epoch: the running one and, for a while, the planned one. */
    private final Map<Long, Communicator> communicators = new HashMap<>();
    /** Planned epochs that were over before their communicator was made. */
    private final Map<Long, String> cancelled = new HashMap<>();

    private @Nullable StepClient steps;
    private @Nullable PlannedEpochs planned;
    private String shutBecause = "";
    private long shutThroughEpoch;

    /** @param onDrainRefused called on the session's event loop; must not block */
    EpochGate(Consumer<String> onDrainRefused) {
        this.onDrainRefused = onDrainRefused;
    }

    /** Guards the step client's waits from now on. */
    synchronized void guard(StepClient client) {
        steps = client;
        if (shutThroughEpoch > 0) {
            client.stopThrough(shutThroughEpoch, shutBecause);
        }
    }

    /** Hands planned epochs over from now on. */
    synchronized void guard(PlannedEpochs preparation) {
        planned = preparation;
    }

    /** Guards the communicator of an epoch, connected or not. */
    synchronized void guard(long epoch, Communicator ofEpoch) {
        communicators.put(epoch, ofEpoch);
        String reason = epoch <= shutThroughEpoch ? shutBecause : cancelled.remove(epoch);
        if (reason != null) {
            ofEpoch.abort(reason);
        }
    }

    /** The epoch's communicator is about to be closed. */
    synchronized void release(long epoch) {
        communicators.remove(epoch);
        cancelled.keySet().removeIf(known -> known <= epoch);
    }

    @Override
    public void onAbort(EpochAbort abort) {
        LOG.warn("epoch {} is over: {}", abort.epoch(), abort.reason());
        shut(abort.epoch(), abort.reason());
    }

    @Override
    public synchronized void onPlannedAbort(EpochAbort abort) {
        LOG.info("planned epoch {} is over: {}", abort.epoch(), abort.reason());
        Communicator communicator = communicators.get(abort.epoch());
        if (communicator == null) {
            cancelled.put(abort.epoch(), abort.reason());
        } else {
            communicator.abort(abort.reason());
        }
        if (planned != null) {
            planned.discard(abort.epoch());
        }
    }

    @Override
    public synchronized void onPlanned(GroupMembership group) {
        if (planned != null) {
            planned.prepare(group);
        }
    }

    @Override
    public synchronized void onReattached(Admission admission) {
        if (steps != null) {
            steps.retarget(admission.stepTarget());
        }
    }

    @Override
    public synchronized void onProgress() {
        if (steps != null) {
            steps.wakeUp();
        }
    }

    @Override
    public void onDrainRefused(String reason) {
        onDrainRefused.accept(reason);
    }

    @Override
    public void onJobEnded(JobEnd end) {
        LOG.debug("the job has ended ({}): {}", end.outcome(), end.reason());
        switch (end.outcome()) {
            case OUTCOME_STOPPED -> {}
            case OUTCOME_FAILED, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> shutAll(end.reason());
        }
    }

    @Override
    public void onCoordinatorLost(String reason) {
        LOG.error("the coordinator is lost: {}", reason);
        shutAll(reason);
    }

    /** Nothing is worked on any more. */
    void shutAll(String reason) {
        shut(StepClient.ALL_EPOCHS, reason);
    }

    private synchronized void shut(long throughEpoch, String reason) {
        if (throughEpoch > shutThroughEpoch) {
            shutBecause = reason;
            shutThroughEpoch = throughEpoch;
        }
        communicators.forEach((epoch, communicator) -> {
            if (epoch <= throughEpoch) {
                communicator.abort(reason);
            }
        });
        if (steps != null) {
            steps.stopThrough(throughEpoch, reason);
        }
    }
}
