package io.coxswain.worker.launch;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankStatus;
import io.coxswain.worker.report.JobReport;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far the job is: a bar on a terminal, elsewhere a line every few seconds; and who is missing while the group has
 * not come together. Owned by the launcher's thread, which calls {@link #tick} a few times a second.
 */
final class ProgressDisplay {
    private static final long LINE_INTERVAL_NANOS = Duration.ofSeconds(3).toNanos();
    private static final int BAR_WIDTH = 10;
    private static final int MOST_NAMED = 8;

    /** States of a place whose rank is not in the group. */
    private static final Set<String> OUTSIDE = Set.of("missing", "lost", "left");

    private final Terminal terminal;
    private final long requests;
    private final int worldSize;
    private final RateWindow tokenRate = new RateWindow();
    private @Nullable Long lastLineNanos;

    ProgressDisplay(Terminal terminal, long requests, int worldSize) {
        this.terminal = terminal;
        this.requests = requests;
        this.worldSize = worldSize;
    }

    /**
     * @param status the coordinator's last answer, empty before the first
     */
    void tick(long nowNanos, JobProgress.Snapshot progress, Optional<GetStatusResponse> status) {
        if (terminal.showsBar()) {
            double rate = tokenRate.sample(nowNanos, progress.realTokens());
            terminal.bar(
                    isTogether(status, progress)
                            ? bar(progress) + " " + numbers("%d/%d", progress, rate, status)
                            : waiting(status));
            return;
        }
        if (lastLineNanos == null) {
            lastLineNanos = nowNanos;
        }
        if (nowNanos - lastLineNanos >= LINE_INTERVAL_NANOS) {
            lastLineNanos = nowNanos;
            double rate = tokenRate.sample(nowNanos, progress.realTokens());
            terminal.result(
                    isTogether(status, progress) ? numbers("%d/%d requests", progress, rate, status) : waiting(status));
        }
    }

    /** Takes the bar away. */
    void end() {
        terminal.bar("");
    }

    private static boolean isTogether(Optional<GetStatusResponse> status, JobProgress.Snapshot progress) {
        boolean joining = status.map(GetStatusResponse::getState)
                .map(state -> state.equals("joining") || state.equals("preparing"))
                .orElse(true);
        return !joining || progress.steps() > 0;
    }

    /** "[####......]": the share of the requests that are done. */
    private String bar(JobProgress.Snapshot progress) {
        int filled =
                requests == 0 ? 0 : (int) (BAR_WIDTH * Math.min(progress.requestsCompleted(), requests) / requests);
        return "[" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "]";
    }

    private String numbers(
            String requestsForm,
            JobProgress.Snapshot progress,
            double tokensPerSecond,
            Optional<GetStatusResponse> status) {
        long in = status.map(answer -> answer.getRanksList().stream()
                        .filter(rank -> !OUTSIDE.contains(rank.getState()))
                        .count())
                .orElse((long) worldSize);
        return String.format(
                Locale.ROOT,
                requestsForm + ", step %d, %.0f tokens/s, padding %.0f%%, %d/%d ranks",
                progress.requestsCompleted(),
                requests,
                progress.steps(),
                tokensPerSecond,
                100 * JobReport.paddingShare(progress.realTokens(), progress.paddedTokens()),
                in,
                worldSize);
    }

    private String waiting(Optional<GetStatusResponse> status) {
        if (status.isEmpty()) {
            return "waiting for the coordinator's first answer";
        }
        long missing = status.get().getRanksList().stream()
                .filter(ProgressDisplay::isMissing)
                .count();
        if (missing == 0 && status.get().getState().equals("preparing")) {
            return "all " + worldSize + " ranks have joined; connecting them";
        }
        String named = status.get().getRanksList().stream()
                .filter(ProgressDisplay::isMissing)
                .limit(MOST_NAMED)
                .map(rank -> Integer.toString(rank.getPlace()))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%d of %d ranks have joined; missing: %s%s",
                worldSize - missing,
                worldSize,
                named,
                missing > MOST_NAMED ? " and " + (missing - MOST_NAMED) + " more" : "");
    }

    private static boolean isMissing(RankStatus rank) {
        return rank.getState().equals("missing");
    }
}
