package io.coxswain.worker.feed;

import io.coxswain.v1.MembersUpdate;
import io.coxswain.worker.net.CoordinatorClient;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears from whichever coordinator leads who holds which place. A leader that was deposed may keep its streams for a while, so each new
 * term is asked anew. Owned by the thread that ticks; updates come on a thread of the channel's.
 */
final class MembersFollower {

    private final CoordinatorClient coordinator;
    private final Consumer<MembersUpdate> updates;
    private final AtomicInteger open = new AtomicInteger();
    private @Nullable Runnable cut;
    private long watchedTerm;

    MembersFollower(CoordinatorClient coordinator, Consumer<MembersUpdate> updates) {
        this.coordinator = coordinator;
        this.updates = updates;
    }

    /** @param term number of the one that was heard last; 0: none */
    void tick(long term) {
        if (cut != null && term != watchedTerm && watchedTerm != 0) {
            cut.run();
        }
        watchedTerm = term;
        if (open.compareAndSet(0, 1)) {
            cut = coordinator.watchMembers(updates, () -> open.set(0));
        }
    }
}
