package io.coxswain.coordinator.core;

import org.jspecify.annotations.Nullable;

/** What the core knows of one place and the worker in it. Owned by the group that holds it. */
final class Seat {

    static final long NEVER = Long.MIN_VALUE;
    static final int NO_RANK = -1;
    private static final int NO_ATTEMPT = -1;
    /** More than a place is filled while one coordinator reigns. */
    private static final int ATTEMPTS_OF_A_TERM = 1_000;

    final int place;

    SeatState state = SeatState.MISSING;
    /** Why it is missing or lost; empty otherwise. */
    String detail = "never came";

    @Nullable
    Hello hello;

    @Nullable
    Link control;

    @Nullable
    Link step;

    /** Its rank in the epoch that runs, or {@link #NO_RANK}. */
    int rank = NO_RANK;

    int session;
    /** The open step when its step stream opened: what was decided before never went down that stream. */
    long streamFromStep;

    CapturedSet captured = CapturedSet.ALL;
    /** Where it was when it came to this coordinator; null once that is settled. */
    @Nullable
    Attachment attachment;
    /** Whether it is known to have heard a welcome of this coordinator: before, it may go back to an earlier one. */
    boolean hasPromised;

    /** Whether it leaves as soon as the group can go on without it. */
    boolean draining;
    /** Whether a step was decided with this member. */
    boolean hasProgressed;
    /** Restarts in a row that brought no decided step. */
    int fruitlessRestarts;
    /** The attempt that may be started next, where that was granted. */
    int grantedAttempt = NO_ATTEMPT;
    /** The attempt of a member that came and went before any epoch. */
    private int freedAttempt = NO_ATTEMPT;
    /** The highest attempt that is known to have ended. */
    int endedAttempt = NO_ATTEMPT;

    /** When the control stream closed, or {@link #NEVER} while it is open. */
    long controlClosedNanos = NEVER;
    /** The last message on the control stream, from which silence is judged. */
    long controlHeardNanos = NEVER;
    /** The last message on either stream. */
    long heardNanos = NEVER;

    long reportedNanos = NEVER;
    GroupSnapshot.LastReport lastReport = GroupSnapshot.LastReport.NONE;
    RankProgress progress = RankProgress.NONE;

    /** Who held the place under an earlier coordinator, as far as anybody remembers. */
    private @Nullable MemberId remembered;

    Seat(int place) {
        this.place = place;
    }

    void recall(JobMemory.PlaceMemory memory) {
        endedAttempt = memory.endedAttempt();
        grantedAttempt = memory.grantedAttempt();
        fruitlessRestarts = memory.fruitlessRestarts();
        remembered = memory.latest();
        if (remembered != null) {
            detail = "attempt " + remembered.attempt() + " has not come to this coordinator yet";
        }
    }

    /** What a successor should know; null where that is nothing. */
    JobMemory.@Nullable PlaceMemory memory() {
        MemberId latest = hello == null ? remembered : hello.member();
        return latest == null && endedAttempt == NO_ATTEMPT
                ? null
                : new JobMemory.PlaceMemory(place, latest, endedAttempt, grantedAttempt, fruitlessRestarts);
    }

    /** Whether the group still counts on the worker. */
    boolean isMember() {
        return state.isMember();
    }

    /**
     * Whether a newcomer of this place may be counted for a quorum: nobody else can hold the place any more. An attempt that a
     * coordinator gave does not say how many members there were before.
     */
    boolean countsForQuorum() {
        Hello holder = occupant();
        Hello.Standing standing = holder.standing();
        if (standing.predecessorEnded() || standing.attachment() != null) {
            return true;
        }
        int attempt = holder.member().attempt();
        return standing.numbering() == Hello.Numbering.BY_STARTER && (attempt == 0 || endedAttempt >= attempt - 1);
    }

    void take(Hello newcomer, Link link, long nowNanos) {
        hello = newcomer;
        captured = newcomer.captured();
        attachment = newcomer.standing().attachment();
        state = SeatState.JOINED;
        detail = "";
        session = 0;
        rank = NO_RANK;
        draining = false;
        hasProgressed = false;
        reportedNanos = NEVER;
        lastReport = GroupSnapshot.LastReport.NONE;
        progress = RankProgress.NONE;
        attach(link, nowNanos);
    }

    void attach(Link link, long nowNanos) {
        control = link;
        hasPromised = false;
        controlClosedNanos = NEVER;
        heardOnControl(nowNanos);
    }

    /** The member is not counted on any more; the place takes only a higher attempt now. */
    void end(SeatState how, String why) {
        state = how;
        detail = why;
        rank = NO_RANK;
        draining = false;
        attachment = null;
        controlClosedNanos = NEVER;
    }

    /** The member has gone before it was in any epoch: the place is free for its own attempt and higher ones. */
    void free(String why) {
        end(SeatState.MISSING, why);
        freedAttempt = highestAttempt();
        hello = null;
        control = null;
        step = null;
        progress = RankProgress.NONE;
    }

    /** Enters an epoch that starts. */
    void run(int rankThere) {
        state = SeatState.RUNNING;
        rank = rankThere;
        session = 0;
        lastReport = GroupSnapshot.LastReport.NONE;
        progress = RankProgress.NONE;
    }

    void heardOnControl(long nowNanos) {
        controlHeardNanos = nowNanos;
        heardNanos = nowNanos;
    }

    void reported(StepReport report, long nowNanos) {
        reportedNanos = nowNanos;
        heardNanos = nowNanos;
        CapturedSet graphsNow = report.captured();
        if (graphsNow != null) {
            captured = graphsNow; // what holds until the member says otherwise, in epochs to come too
        }
        hasProgressed |= report.step() > 0;
        lastReport = new GroupSnapshot.LastReport(
                report.step(), report.facts().numTokens(), report.facts().numRequests());
    }

    /** The worker's introduction; only for a place that somebody held. */
    Hello occupant() {
        if (hello == null) {
            throw new IllegalStateException("nobody ever held place " + place);
        }
        return hello;
    }

    /** Whether this member holds the place, or held it last. */
    boolean isOf(MemberId member) {
        return hello != null && hello.member().equals(member);
    }

    /** The highest attempt that ever held the place under this coordinator, or -1. */
    int highestAttempt() {
        return hello == null ? freedAttempt : hello.member().attempt();
    }

    /** The same under any coordinator, as far as anybody remembers. */
    int highestKnownAttempt() {
        return Math.max(highestAttempt(), remembered == null ? NO_ATTEMPT : remembered.attempt());
    }

    /** The lowest attempt above all that this coordinator has heard of, and above all that those of earlier terms have given. */
    int nextAttempt(TermId term) {
        int known = Math.max(highestKnownAttempt(), Math.max(endedAttempt, grantedAttempt - 1));
        long base = (term.number() - 1) * ATTEMPTS_OF_A_TERM;
        return base > known && base < Integer.MAX_VALUE ? (int) base : known + 1;
    }

    /**
     * Whether a newcomer of an attempt may have the place: a higher one, or the same where the last was in no epoch. One that was
     * replaced under an earlier coordinator may not; the one that replaced it may.
     */
    boolean admits(int attempt) {
        boolean isFree = attempt > highestAttempt() || (hello == null && attempt == freedAttempt);
        return isFree && attempt >= highestKnownAttempt();
    }

    /** "rank 2 (host-b, pid 4711)". */
    String name() {
        int number = rank == NO_RANK ? place : rank;
        if (hello == null) {
            return "rank " + number;
        }
        String seat = number == place ? "" : "place " + place + ", ";
        return "rank " + number + " (" + seat + hello.origin().text() + ")";
    }
}
