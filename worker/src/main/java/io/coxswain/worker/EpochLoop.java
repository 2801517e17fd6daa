package io.coxswain.worker;

import io.coxswain.v1.JobEnded;
import io.coxswain.v1.Member;
import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.feed.RequestFeed;
import io.coxswain.worker.runner.Batcher;
import io.coxswain.worker.runner.ForwardLoop;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.StepLog;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.EpochAbortedException;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.JobEndedException;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.SessionException;
import io.coxswain.worker.step.SessionTimeoutException;
import io.coxswain.worker.step.StepClient;
import io.coxswain.worker.step.StepException;
import io.coxswain.worker.step.StepSeat;
import io.coxswain.worker.step.StepStream;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a member from epoch to epoch, until the job is done or goes on without it. What goes wrong in an epoch ends the epoch; what
 * follows from it is the coordinator's to say. Forward thread only.
 */
final class EpochLoop {

    private static final Logger LOG = LoggerFactory.getLogger(EpochLoop.class);
    /** The longest wait for each word of a member that has done its part. */
    static final Duration FAREWELL = Duration.ofSeconds(3);

    private final Seat seat;
    private final Group group;
    private final EpochBody body;

    /** Who goes through the epochs. */
    record Seat(String job, Member member, int place) {}

    /** How it meets the others. */
    record Group(CoordinatorSession session, StepClient steps, EpochConnector connector, PlannedEpochs planned) {}

    /** What a forward loop runs with them. */
    record Work(RequestFeed feed, Batcher batcher, Model model, StepLog log, PhaseBoard phases) {}

    /** How an epoch ends for this member. */
    private enum EpochEnd {
        /** The job is done. */
        STOPPED,
        /** As planned; this member is not in the one that follows. */
        DRAINED,
        /** Another may follow. */
        OVER
    }

    EpochLoop(Seat seat, Group group, EpochBody body) {
        this.seat = seat;
        this.group = group;
        this.body = body;
    }

    /**
     * Runs until the job is done or goes on without this member.
     *
     * @param patience how long it waits for the coordinator to say what follows an epoch
     * @return the last epoch; empty where the job was done before there was one
     */
    Optional<GroupMembership> run(Duration patience) throws InterruptedException {
        Optional<GroupMembership> last = Optional.empty();
        try {
            while (true) {
                GroupMembership next = group.session().awaitMembership(patience);
                last = Optional.of(next);
                switch (runEpoch(next, patience)) {
                    case STOPPED -> {
                        awaitJobEnd();
                        return last;
                    }
                    case DRAINED -> {
                        return last;
                    }
                    case OVER -> LOG.debug("epoch {} is over", next.number());
                }
            }
        } catch (JobEndedException end) {
            if (end.end().outcome() == JobEnded.Outcome.OUTCOME_STOPPED) {
                return last; // the others have done what there was to do
            }
            throw end;
        }
    }

    /** A planned epoch is connected by now; every other is connected here, and the coordinator told so. */
    private EpochEnd runEpoch(GroupMembership next, Duration patience) throws InterruptedException {
        Communicator planned = group.planned().take(next.number());
        try (Communicator communicator =
                        planned != null ? planned : group.connector().connect(next);
                Model.Attachment attached = body.attach(communicator)) {
            if (planned == null) {
                group.session().prepared(next);
            }
            awaitStart(next);
            return switch (runLoop(next, communicator)) {
                case STOPPED -> EpochEnd.STOPPED;
                case RECONFIGURED -> group.session().hasSuccessor(next) ? EpochEnd.OVER : EpochEnd.DRAINED;
            };
        } catch (EpochAbortedException over) {
            return EpochEnd.OVER;
        } catch (PreparationException failed) {
            LOG.info("epoch {} was not prepared: {}", next.number(), failed.getMessage());
        } catch (CollectiveException | StepException broken) {
            brokeOff(next, broken);
        } finally {
            group.connector().gate().release(next.number());
        }
        group.session().awaitEnd(next, patience);
        return EpochEnd.OVER;
    }

    private void awaitStart(GroupMembership next) throws InterruptedException {
        try {
            group.session().awaitStart(next, next.prepareTimeout());
        } catch (SessionTimeoutException late) {
            String reason = String.valueOf(late.getMessage());
            group.session().preparationFailed(next, reason);
            throw new PreparationException(reason, late);
        }
    }

    private ForwardLoop.End runLoop(GroupMembership next, Communicator communicator) {
        var stepSeat = new StepSeat(seat.job(), seat.member(), seat.place(), next.epoch(), next.worldSize());
        try (StepStream stream = group.steps().open(stepSeat)) {
            return body.run(next, communicator, stream);
        }
    }

    /** What breaks a collective or a step here is seldom its cause. */
    private void brokeOff(GroupMembership next, RuntimeException broken) {
        LOG.info("epoch {} broke off: {}", next.number(), broken.getMessage());
        if (!group.session().isOver(next)) {
            group.session().collectiveFailed(next, String.valueOf(broken.getMessage()));
        }
    }

    /** The job is done, whether or not the coordinator comes to say so. */
    private void awaitJobEnd() throws InterruptedException {
        try {
            group.session().awaitJobEnd(FAREWELL);
        } catch (SessionException gone) {
            LOG.warn("after the job's last step: {}", gone.getMessage());
        }
    }
}
