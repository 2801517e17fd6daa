package io.coxswain.coordinator.core;

import org.jspecify.annotations.Nullable;

/** What the core knows of one place and the worker in it. Owned by the group that holds it. */
final class Seat {

    static final long NEVER = Long.MIN_VALUE;

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

    int session;
    CapturedSet captured = CapturedSet.ALL;

    /** When the control stream closed, or {@link #NEVER} while it is open. */
    long controlClosedNanos = NEVER;
    /** The last message on the control stream, from which silence is judged. */
    long controlHeardNanos = NEVER;
    /** The last message on either stream. */
    long heardNanos = NEVER;

    long reportedNanos = NEVER;
    GroupSnapshot.LastReport lastReport = GroupSnapshot.LastReport.NONE;
    RankProgress progress = RankProgress.NONE;

    Seat(int place) {
        this.place = place;
    }

    boolean isFree() {
        return hello == null;
    }

    /** Whether the group still counts on the worker. */
    boolean isMember() {
        return switch (state) {
            case JOINED, PREPARING, PREPARED, RUNNING -> true;
            case MISSING, LOST, LEFT -> false;
        };
    }

    void take(Hello newcomer, Link link, long nowNanos) {
        hello = newcomer;
        captured = newcomer.captured();
        state = SeatState.JOINED;
        detail = "";
        session = 0;
        attach(link, nowNanos);
    }

    void attach(Link link, long nowNanos) {
        control = link;
        controlClosedNanos = NEVER;
        heardOnControl(nowNanos);
    }

    void free(String why) {
        hello = null;
        control = null;
        step = null;
        state = SeatState.MISSING;
        detail = why;
        controlClosedNanos = NEVER;
        progress = RankProgress.NONE;
    }

    void heardOnControl(long nowNanos) {
        controlHeardNanos = nowNanos;
        heardNanos = nowNanos;
    }

    void reported(StepReport report, long nowNanos) {
        reportedNanos = nowNanos;
        heardNanos = nowNanos;
        lastReport = new GroupSnapshot.LastReport(
                report.step(), report.facts().numTokens(), report.facts().numRequests());
    }

    /** The worker's introduction; only for a place that is held. */
    Hello occupant() {
        if (hello == null) {
            throw new IllegalStateException("place " + place + " is free");
        }
        return hello;
    }

    /** "rank 2 (host-b, pid 4711)". */
    String name() {
        if (hello == null) {
            return "rank " + place;
        }
        Hello.Origin origin = hello.origin();
        return "rank " + place + " (" + origin.host() + ", pid " + origin.pid() + ")";
    }
}
