package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes over an epoch of an earlier coordinator, or ends it. The epoch goes on only when all of its members have re-attached
 * and say that they run it; before that nothing is decided. A hello alone re-attaches nobody: its sender promises the term with
 * the welcome, and where the stream breaks before, it may go back and take decisions of the earlier coordinator. So a member
 * counts from its first heartbeat on. The last decision that any of them has accepted is sent again, as it was, to those who have
 * not. Owned by the group that holds it.
 */
final class Inheritance {

    private final GroupContext context;
    private final Membership membership;
    private final Drains drains;
    private boolean isHurried;
    /** Of the epoch whose STOP was brought here. */
    private List<ControlMessage.RankInfo> finishers = List.of();

    Inheritance(GroupContext context, Membership membership, Drains drains) {
        this.context = context;
        this.membership = membership;
        this.drains = drains;
    }

    /** Whether a member was in the job when its last step was decided, under an earlier coordinator. */
    boolean wasAtTheEnd(MemberId member) {
        return finishers.stream().anyMatch(rank -> rank.member().equals(member));
    }

    /** Somebody has joined while no epoch of this coordinator's own was ever started. */
    void joined(Seat seat) {
        Attachment attachment = seat.attachment;
        if (attachment != null && isStop(attachment)) {
            become(GroupState.REATTACHING, seat);
            finishers = attachment.ranks();
            membership.stop(seat.name() + " brings the job's last decision: every rank has finished");
            return;
        }
        if (membership.state() == GroupState.JOINING) {
            if (attachment == null) {
                membership.formIfComplete();
                return;
            }
            become(GroupState.REATTACHING, seat);
        }
        hurryIfOver();
        settleIfAllHaveCome();
    }

    /**
     * Where one has stopped working on the epoch, it will not go on, whoever comes: nobody is waited for longer than one who gives no
     * sign of life.
     */
    private void hurryIfOver() {
        Attachment candidate = candidate();
        boolean isOver = candidate != null
                && attachments(candidate).stream()
                        .anyMatch(attachment -> attachment.epoch().equals(candidate.epoch())
                                && attachment.state() == Attachment.State.ABORTED);
        if (isOver) {
            isHurried = true;
            membership
                    .deadlines()
                    .endStateBy(context.nowNanos + context.config.timeouts().heartbeatTimeoutNanos());
        }
    }

    /** A member has heard the welcome. */
    void promised(Seat seat) {
        if (!seat.hasPromised) {
            seat.hasPromised = true;
            if (membership.state() == GroupState.REATTACHING) {
                settleIfAllHaveCome();
            }
        }
    }

    /** Somebody may be gone for good: nobody waits for it any more. */
    void reconsider() {
        if (membership.state() == GroupState.REATTACHING) {
            settleIfAllHaveCome();
        }
    }

    /** A member has stopped working on an epoch after its hello was made, and says so before the group has settled. */
    void brokeOff(Seat seat, EpochId of) {
        Attachment attachment = seat.attachment;
        if (membership.state() == GroupState.REATTACHING
                && attachment != null
                && attachment.epoch().equals(of)) {
            seat.attachment = attachment.nowAborted();
            hurryIfOver();
        }
    }

    private void settleIfAllHaveCome() {
        if (allHaveCome(candidate())) {
            settle("");
        }
    }

    private void become(GroupState next, Seat first) {
        if (membership.state() != next) {
            membership.become(next, Verdict.blameless(first.name() + " comes from an earlier coordinator's epoch"));
        }
    }

    private static boolean isStop(Attachment attachment) {
        Attachment.LastDecision last = attachment.lastDecision();
        return last != null && last.action() == Action.STOP;
    }

    /** The time to re-attach is over. */
    void deadline() {
        GroupConfig.Timeouts timeouts = context.config.timeouts();
        long waitedNanos = isHurried ? timeouts.heartbeatTimeoutNanos() : timeouts.reattachNanos();
        settle("not all of its members have re-attached within " + Evidence.seconds(waitedNanos));
    }

    /** The latest epoch that anybody comes from. */
    private @Nullable Attachment candidate() {
        Attachment latest = null;
        for (Seat seat : context.roster.seats()) {
            Attachment attachment = seat.attachment;
            if (attachment != null
                    && (latest == null
                            || attachment.epoch().number() > latest.epoch().number())) {
                latest = attachment;
            }
        }
        return latest;
    }

    /** Whether all have who can: who is known to have ended, or is refused as lost, does not come; a successor may have. */
    private boolean allHaveCome(@Nullable Attachment candidate) {
        return candidate != null
                && candidate.ranks().stream().allMatch(rank -> {
                    Seat seat = context.roster.seatOrNull(rank.place());
                    return seat != null && (cannotCome(seat, rank.member()) || hasCome(seat, rank.member()));
                });
    }

    private static boolean cannotCome(Seat seat, MemberId member) {
        return !seat.isMember() && (seat.endedAttempt >= member.attempt() || seat.isOf(member));
    }

    private static boolean hasCome(Seat seat, MemberId member) {
        return seat.isMember() && seat.hasPromised && (seat.isOf(member) || seat.highestAttempt() >= member.attempt());
    }

    private void settle(String late) {
        Attachment candidate = candidate();
        String objection = candidate == null ? "nobody comes from one any more" : objection(candidate);
        if (candidate != null && objection == null) {
            inherit(candidate);
        } else {
            abandon(candidate, Objects.requireNonNullElse(objection, "") + (late.isEmpty() ? "" : "; " + late));
        }
    }

    /** Why the epoch cannot go on; null where it can. */
    private @Nullable String objection(Attachment candidate) {
        for (ControlMessage.RankInfo rank : candidate.ranks()) {
            Seat seat = context.roster.seatOrNull(rank.place());
            if (seat == null || !seat.isMember() || !seat.isOf(rank.member()) || !seat.hasPromised) {
                return "member " + rank.member() + " of place " + rank.place() + " has not re-attached";
            }
            Attachment attachment = seat.attachment;
            if (attachment == null
                    || !attachment.epoch().equals(candidate.epoch())
                    || attachment.state() != Attachment.State.RUNNING) {
                return seat.name() + " does not run it";
            }
        }
        return objectionToDecisions(candidate);
    }

    /** Each step was reported by all before it was decided, so that nobody can be more than one behind. */
    private @Nullable String objectionToDecisions(Attachment candidate) {
        Attachment.LastDecision last = lastDecision(candidate);
        if (last == null) {
            return null;
        }
        if (last.action() == Action.RECONFIGURE) {
            return "it ended with RECONFIGURE";
        }
        for (Attachment attachment : attachments(candidate)) {
            Attachment.LastDecision theirs = attachment.lastDecision();
            if (attachment.nextStep() < last.step() || (attachment.nextStep() > last.step() && !last.equals(theirs))) {
                return "its members have accepted decisions that do not go together";
            }
        }
        return null;
    }

    private List<Attachment> attachments(Attachment candidate) {
        List<Attachment> attachments = new ArrayList<>();
        for (ControlMessage.RankInfo rank : candidate.ranks()) {
            Attachment attachment = context.roster.seat(rank.place()).attachment;
            if (attachment != null) {
                attachments.add(attachment);
            }
        }
        return attachments;
    }

    private Attachment.@Nullable LastDecision lastDecision(Attachment candidate) {
        Attachment.LastDecision last = null;
        for (Attachment attachment : attachments(candidate)) {
            Attachment.LastDecision theirs = attachment.lastDecision();
            if (theirs != null && (last == null || theirs.step() > last.step())) {
                last = theirs;
            }
        }
        return last;
    }

    private void inherit(Attachment candidate) {
        List<Seat> members = candidate.ranks().stream()
                .map(rank -> context.roster.seat(rank.place()))
                .toList();
        EpochRun run = new EpochRun(candidate.epoch(), members);
        members.forEach(run::prepare);
        Attachment.LastDecision last = lastDecision(candidate);
        StepBarrier steps = new StepBarrier(context.roster.settings(), run.captured(), CapturePace.WHILE_SERVING);
        if (last != null) {
            steps.resumeAfter(last);
        }
        run.resume(steps, last);
        context.tally.epochInherited();
        membership.inherit(run);
        leaveOthers(candidate);
        drains.inherited();
        membership.plan().consider();
    }

    /** Whoever comes from yet another epoch is told that it is over. */
    private void leaveOthers(Attachment inherited) {
        for (Seat seat : context.roster.where(Seat::isMember)) {
            Attachment attachment = seat.attachment;
            if (attachment != null && !attachment.epoch().equals(inherited.epoch())) {
                seat.attachment = null;
                context.tellItIsOver(seat, attachment, "epoch " + inherited.epoch() + " goes on");
            }
        }
    }

    /** Ends the epochs that the members come from; what they do next is the policy's affair. */
    private void abandon(@Nullable Attachment candidate, String why) {
        String reason = "epoch " + (candidate == null ? "of an earlier coordinator" : candidate.epoch())
                + " cannot go on: " + why;
        context.note(reason);
        context.epochEnds();
        for (Seat seat : context.roster.where(Seat::isMember)) {
            Attachment attachment = seat.attachment;
            if (attachment != null) {
                seat.attachment = null;
                context.tellItIsOver(seat, attachment, reason);
            }
        }
        membership.abandoned(candidate, reason);
    }
}
