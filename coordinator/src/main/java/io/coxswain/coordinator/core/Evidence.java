package io.coxswain.coordinator.core;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Puts what is known of a rank into words: one text for the log, the status and the error. */
final class Evidence {

    private static final double NANOS_PER_SECOND = 1e9;

    private Evidence() {}

    /** "rank 2 (host-b, pid 4711): last report step 811, 3.2 s ago; heartbeat 0.3 s ago: stuck in its forward pass". */
    static String of(Seat seat, boolean silent, long nowNanos) {
        String report = seat.lastReport.step() < 0
                ? "no report in this epoch"
                : "last report step " + seat.lastReport.step() + ", " + age(seat.reportedNanos, nowNanos);
        String heartbeat = "heartbeat " + age(seat.controlHeardNanos, nowNanos);
        return seat.name() + ": " + report + "; " + heartbeat + ": "
                + (silent ? "no sign of life" : seat.progress.phase().whenLate());
    }

    /** The same for several ranks, of which some give no sign of life. */
    static String of(List<Seat> seats, List<Seat> silent, long nowNanos) {
        return seats.stream()
                .map(seat -> of(seat, silent.contains(seat), nowNanos))
                .collect(Collectors.joining("; "));
    }

    /** The ranks with why each is not there: "rank 1 (never came), rank 3 (left: ...)". */
    static String missing(List<Seat> seats) {
        return seats.stream()
                .map(seat -> "rank " + seat.place + " (" + seat.detail + ")")
                .collect(Collectors.joining(", "));
    }

    /** "not prepared within 60.0 s: rank 1 (host-b, pid 4711)". */
    static String notPrepared(List<Seat> late, GroupConfig.Timeouts timeouts) {
        return "not prepared within " + seconds(timeouts.prepareNanos()) + ": " + names(late);
    }

    static String names(List<Seat> seats) {
        return seats.stream().map(Seat::name).collect(Collectors.joining(", "));
    }

    static String age(long sinceNanos, long nowNanos) {
        return sinceNanos == Seat.NEVER ? "never" : seconds(nowNanos - sinceNanos) + " ago";
    }

    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / NANOS_PER_SECOND);
    }
}
