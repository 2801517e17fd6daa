package io.coxswain.worker.launch;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What becomes of the job when ranks or coordinators are lost; the waits are beside it, as they come from an enum. */
final class LossFlags {
    @Option(
            names = "--on-loss",
            paramLabel = "POLICY",
            description = "When a rank is lost: fail, wait for its successor, or shrink to the others (fail).")
    private OnLoss onLoss = OnLoss.FAIL;

    @Option(
            names = "--min-ranks",
            paramLabel = "N",
            description = "The fewest ranks to go on with (1 with shrink, else all).")
    private @Nullable Integer minRanks;

    @Option(
            names = "--max-restarts",
            paramLabel = "N",
            description = "Restarts of workers within --restart-window (0 with fail, else 10).")
    private @Nullable Integer maxRestarts;

    @Option(
            names = "--coordinators",
            paramLabel = "N",
            description = "Replicas of the coordinator, 1, 3 or 5; with 3 the job survives the loss of one (1).")
    private int coordinators = 1;

    OnLoss onLoss() {
        return onLoss;
    }

    @Nullable
    Integer maxRestarts() {
        return maxRestarts;
    }

    Resilience resilience(Map<CoordinatorWait, Duration> waits) {
        return new Resilience(onLoss, minRanks, maxRestarts, waits, coordinators);
    }
}
