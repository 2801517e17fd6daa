package io.coxswain.worker.launch;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankSummary;
import io.coxswain.worker.report.JobReport;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the launcher knows of its job. Owned by the launcher's thread. */
final class JobState {
    private final Map<ChildGroup.Seat, RankSummary> summaries =
            new TreeMap<>(Comparator.comparingInt(ChildGroup.Seat::place).thenComparingInt(ChildGroup.Seat::attempt));
    private final TermTotals totals = new TermTotals();
    private @Nullable GetStatusResponse status;
    private @Nullable Failure failure;
    private int signal;
    private int signalsSeen;
    private boolean ran;
    private long loopBeginNanos;
    private long loopEndNanos;
    private long heardNanos;
    private @Nullable Long stoppedNanos;

    /** Why the launch is over, as the launcher saw it. */
    record Failure(String what, Suspect suspect) {}

    JobState(long nowNanos) {
        loopBeginNanos = nowNanos;
        loopEndNanos = nowNanos;
        heardNanos = nowNanos;
    }

    /**
     * @param askedNanos when the question was sent
     */
    void onStatus(GetStatusResponse answer, long askedNanos) {
        if (answer.getState().equals("standby")) {
            return; // a replica that has just lost its lead knows less than what was heard before
        }
        status = totals.withEarlier(answer);
        heardNanos = askedNanos;
        switch (answer.getState()) {
            case "joining", "preparing" -> {
                if (!ran) {
                    loopBeginNanos = askedNanos;
                }
            }
            case "stopped" -> {
                ran = true;
                stoppedNanos = stoppedNanos == null ? Long.valueOf(askedNanos) : stoppedNanos;
            }
            case "failed" -> fail("the coordinator has given the job up", Suspect.Other.NOBODY);
            default -> ran = true;
        }
    }

    /** The coordinators serve: from now on one of them has to lead. */
    void coordinatorsServe(long nowNanos) {
        heardNanos = nowNanos;
    }

    /** The first summary of a member counts; a feed that hears it twice changes nothing. */
    void onSummary(RankSummary summary, long nowNanos) {
        var seat = new ChildGroup.Seat(summary.getPlace(), summary.getMember().getAttempt());
        if (summaries.putIfAbsent(seat, summary) == null) {
            loopEndNanos = nowNanos;
        }
    }

    void onSignal(int number) {
        signal = signal == 0 ? number : signal;
        signalsSeen++;
    }

    /** The first failure stays. */
    void fail(String what, Suspect suspect) {
        if (failure == null) {
            failure = new Failure(what, suspect);
        }
    }

    boolean hasSummary(ChildGroup.Seat seat) {
        return summaries.containsKey(seat);
    }

    Collection<RankSummary> summaries() {
        return summaries.values();
    }

    Optional<GetStatusResponse> status() {
        return Optional.ofNullable(status);
    }

    Optional<Failure> failure() {
        return Optional.ofNullable(failure);
    }

    /** The number of the first signal; empty: none came. */
    OptionalInt signal() {
        return signal == 0 ? OptionalInt.empty() : OptionalInt.of(signal);
    }

    int signalsSeen() {
        return signalsSeen;
    }

    boolean isInterruptedTwice() {
        return signalsSeen > 1;
    }

    boolean hasRun() {
        return ran;
    }

    boolean isStopped() {
        return stoppedNanos != null;
    }

    /** True when the job's STOP was seen longer ago than the limit. */
    boolean isStoppedLongerThan(Duration limit, long nowNanos) {
        return stoppedNanos != null && nowNanos - stoppedNanos > limit.toNanos();
    }

    /** True when no coordinator that leads has answered for longer than the limit. */
    boolean isUnheardLongerThan(Duration limit, long nowNanos) {
        return nowNanos - heardNanos > limit.toNanos();
    }

    /** Whether there is nothing left to keep going. */
    boolean isOver() {
        return failure != null || signal != 0;
    }

    /** What {@link JobReport#wallSeconds} says. */
    Duration wall() {
        return Duration.ofNanos(loopEndNanos - loopBeginNanos);
    }
}
