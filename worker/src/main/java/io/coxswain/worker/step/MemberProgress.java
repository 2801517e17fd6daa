package io.coxswain.worker.step;

import io.coxswain.v1.Abort;
import io.coxswain.v1.Attachment;
import io.coxswain.v1.CommunicatorId;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobEnded;
import io.coxswain.v1.Membership;
import io.coxswain.v1.Start;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.Term;
import io.coxswain.worker.step.SessionView.EpochView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session knows, and how the coordinator's messages change it. What it knows already it takes no notice of: a coordinator
 * repeats to a member that is back what it may have missed. Owned by the session's event loop; {@link #published()} may be read
 * by any thread.
 */
final class MemberProgress {
    private static final Logger LOG = LoggerFactory.getLogger(MemberProgress.class);

    private final SessionConfig config;
    private final SessionPorts ports;
    private final Published<SessionView> published = new Published<>(SessionView.connecting());
    private SessionView view = SessionView.connecting();
    /** The highest number of an epoch heard of, planned ones that came to nothing included. */
    private volatile long highestEpoch;

    MemberProgress(SessionConfig config, SessionPorts ports) {
        this.config = config;
        this.ports = ports;
    }

    Published<SessionView> published() {
        return published;
    }

    SessionView view() {
        return view;
    }

    /**
     * Whether this member is in the epoch that follows one which ended with RECONFIGURE. That the successor has come to nothing since,
     * or its coordinator with it, does not mean that this member was drained. Any thread.
     */
    boolean hasSuccessor(Epoch epoch) {
        StepDecision last = ports.standing().acceptance().state().accepted();
        if (last != null && last.getEpoch().equals(epoch) && last.hasSuccessor()) {
            return wasToldOf(last.getSuccessor().getNumber());
        }
        return published.get().hasSuccessorOf(epoch);
    }

    /** Whether this member was told that it is in an epoch, whatever has become of that. Any thread. */
    private boolean wasToldOf(long epoch) {
        return epoch <= highestEpoch;
    }

    /** The hello of a stream that opens now; from then on no decision is accepted until it is answered. */
    Hello hello() {
        Hello.Builder hello = config.hello().toBuilder().setHighestEpoch(highestEpoch);
        Term promised = ports.standing().term().current();
        if (promised.getNumber() != 0) {
            hello.setPromisedTerm(promised);
        }
        CapturedGraphs captured = ports.standing().captured();
        if (captured != null) {
            hello.setCaptured(captured.toMessage());
        }
        Admission admission = view.admission();
        if (admission != null && hello.getAttemptSource() == Hello.AttemptSource.ATTEMPT_SOURCE_WANTED) {
            hello.setAttemptSource(Hello.AttemptSource.ATTEMPT_SOURCE_COORDINATOR)
                    .setPlace(admission.place());
            hello.getMemberBuilder().setAttempt(admission.attempt());
        }
        Acceptance.State held = ports.standing().acceptance().freeze();
        EpochView epoch = view.epoch();
        if (epoch != null) {
            hello.setAttachment(attachment(epoch, held));
        }
        return hello.build();
    }

    private static Attachment attachment(EpochView epoch, Acceptance.State held) {
        Attachment.Builder attachment = Attachment.newBuilder()
                .setEpoch(epoch.membership().epoch())
                .setState(state(epoch))
                .addAllRanks(epoch.membership().ranks());
        if (held.epoch() == epoch.membership().number()) {
            StepDecision accepted = held.accepted();
            StepReport open = held.open();
            if (accepted != null) {
                attachment.setLastDecision(accepted.toByteString());
            }
            if (open != null) {
                attachment.setOpenReport(open);
            }
        }
        return attachment.build();
    }

    private static Attachment.State state(EpochView epoch) {
        if (epoch.isOver() || epoch.brokenOff()) {
            return Attachment.State.STATE_ABORTED;
        }
        return epoch.started() ? Attachment.State.STATE_RUNNING : Attachment.State.STATE_PREPARING;
    }

    /** Returns what is wrong with the message; null where nothing is. */
    @Nullable
    String membership(Membership message) {
        long number = message.getEpoch().getNumber();
        if (number <= highestEpoch) {
            return null;
        }
        int rank = rankIn(message);
        if (rank < 0) {
            return "the membership of epoch " + number + ", which does not name this member";
        }
        highestEpoch = number;
        GroupMembership group = new GroupMembership(
                message.getEpoch(),
                rank,
                message.getRanksList(),
                Duration.ofNanos(message.getPrepareTimeoutNanos()),
                message.hasReplaces() ? Optional.of(message.getReplaces()) : Optional.empty());
        String what = "epoch " + number + ": rank " + rank + " of " + group.worldSize();
        EpochView running = view.epoch();
        if (message.hasReplaces() && running != null && running.started() && !running.isOver()) {
            LOG.info("planned: {}", what);
            publish(view.withEpoch(running, EpochView.announced(group)));
            ports.listener().onPlanned(group);
            return null;
        }
        orphaned("epoch " + number + " takes its place");
        become(SessionState.PREPARING, what, view.withEpoch(EpochView.announced(group), null));
        return null;
    }

    private int rankIn(Membership membership) {
        for (int rank = 0; rank < membership.getRanksCount(); rank++) {
            if (membership.getRanks(rank).getMember().getId()
                    == config.hello().getMember().getId()) {
                return rank;
            }
        }
        return -1;
    }

    void communicatorId(CommunicatorId message) {
        EpochView known = view.epochOf(message.getEpoch());
        if (known == null || known.communicatorId() != null) {
            return; // of an epoch that is over, or repeated
        }
        replace(known, known.withCommunicatorId(message.getId()));
    }

    private void replace(EpochView before, EpochView after) {
        boolean planned = before.equals(view.planned());
        publish(planned ? view.withEpoch(view.epoch(), after) : view.withEpoch(after, view.planned()));
    }

    /** Returns what is wrong with the message; null where nothing is. */
    @Nullable
    String started(Start message) {
        EpochView known = view.epochOf(message.getEpoch());
        if (known == null) {
            // One that is past may be told again after a re-attachment; one to come must be announced first.
            long number = message.getEpoch().getNumber();
            return number <= highestEpoch ? null : "the start of epoch " + number + ", which was not announced";
        }
        if (!known.isOver() && !known.started()) {
            String what = "epoch " + message.getEpoch().getNumber() + " starts";
            become(SessionState.RUNNING, what, view.withEpoch(known.nowStarted(), null));
        }
        return null;
    }

    /** This member does not work on the epoch any more, whatever a coordinator makes of that. */
    void brokeOff(Epoch epoch) {
        EpochView known = view.epochOf(epoch);
        if (known != null && !known.equals(view.planned())) {
            publish(view.withEpoch(known.nowBrokenOff(), view.planned()));
        }
    }

    /** First the listener, then the acknowledgement: what is acknowledged must be true. */
    void aborted(Abort message) {
        Epoch epoch = message.getEpoch();
        over(new EpochAbort(epoch.getNumber(), message.getCulpritsList(), message.getReason()), epoch);
    }

    /** Whatever epoch there is cannot go on, though nobody has said so. */
    void orphaned(String reason) {
        planIsOver(reason);
        EpochView epoch = view.epoch();
        if (epoch != null && !epoch.isOver()) {
            GroupMembership group = epoch.membership();
            over(new EpochAbort(group.number(), List.of(), reason), group.epoch());
        }
    }

    /** A planned epoch is nothing that outlives the coordinator who planned it. */
    void planIsOver(String reason) {
        EpochView planned = view.planned();
        if (planned != null) {
            GroupMembership group = planned.membership();
            over(new EpochAbort(group.number(), List.of(), reason), group.epoch());
        }
    }

    private void over(EpochAbort abort, Epoch id) {
        EpochView known = view.epochOf(id);
        if (known != null && known.equals(view.planned())) {
            ports.listener().onPlannedAbort(abort);
            publish(view.withEpoch(view.epoch(), null));
            return;
        }
        ports.listener().onAbort(abort);
        if (known == null || known.isOver()) {
            return;
        }
        String what = "epoch " + abort.epoch() + " aborted: " + abort.reason();
        SessionView without = view.withEpoch(known.withAbort(abort), view.planned());
        if (view.state() == SessionState.DETACHED) {
            LOG.info("{}", what);
            publish(without);
        } else {
            become(SessionState.WAITING, what, without);
        }
    }

    void jobEnded(JobEnded message) {
        JobEnd end = new JobEnd(message.getOutcome(), message.getReason(), message.getCulpritsList());
        become(SessionState.ENDED, end.outcome() + ": " + end.reason(), view.with(end));
        ports.listener().onJobEnded(end);
    }

    /** The only way from one state to another. */
    void become(SessionState next, String reason, SessionView known) {
        if (!view.state().allows(next)) {
            throw new IllegalStateException("a session cannot go from " + view.state() + " to " + next);
        }
        LOG.info("session {} -> {}: {}", view.state(), next, reason);
        publish(known.in(next));
    }

    private void publish(SessionView next) {
        view = next;
        published.set(next);
    }
}
