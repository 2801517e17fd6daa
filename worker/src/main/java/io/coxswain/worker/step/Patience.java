package io.coxswain.worker.step;

import io.coxswain.v1.Welcome;
import io.coxswain.worker.step.LinkTimers.Kind;
import java.time.Duration;
import java.util.function.Consumer;

/** How long a member waits for a coordinator, by what the last one said of that. Owned by the event loop. */
final class Patience {
    /** For the answer to a hello, before a coordinator has said how long its silence may last. */
    private static final Duration FIRST_ANSWER_LIMIT = Duration.ofSeconds(5);

    private final SessionConfig config;
    private final LinkTimers timers;
    private Welcome latest = Welcome.getDefaultInstance();

    Patience(SessionConfig config, LinkTimers timers) {
        this.config = config;
        this.timers = timers;
    }

    void welcomed(Welcome welcome) {
        latest = welcome;
    }

    /**
     * A coordinator was lost, and the next one is looked for.
     *
     * @param giveUpEpoch told why, once no epoch outlives the search any more
     * @param giveUp told why, once the search is over as well
     */
    void searches(String reason, Consumer<String> giveUpEpoch, Consumer<String> giveUp) {
        Duration orphanTimeout = Duration.ofNanos(latest.getOrphanTimeoutNanos());
        if (!orphanTimeout.isZero()) {
            String text = "no coordinator was heard for " + orphanTimeout.toMillis() + " ms";
            timers.set(Kind.ORPHAN, orphanTimeout, () -> giveUpEpoch.accept(text));
        }
        String text = "no coordinator was found within " + config.reattachTimeout() + " after: " + reason;
        timers.set(Kind.GIVE_UP, config.reattachTimeout(), () -> giveUp.accept(text));
    }

    /** A connection can be dead without having broken; and who accepts it may be no coordinator any more. */
    void awaitsAnswer(SessionState state, Consumer<String> late) {
        boolean joining = state == SessionState.CONNECTING;
        Duration limit = joining ? FIRST_ANSWER_LIMIT : Duration.ofNanos(latest.getHeartbeatTimeoutNanos());
        String text = "coordinator " + config.coordinator() + " did not answer a hello within " + limit;
        timers.set(Kind.ANSWER, limit, () -> late.accept(text));
    }
}
