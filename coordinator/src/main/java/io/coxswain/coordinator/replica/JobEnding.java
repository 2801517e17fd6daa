package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.engine.Scheduler;
import io.coxswain.coordinator.store.JobEnd;
import io.coxswain.coordinator.store.StoreView;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the job has ended, as soon as this replica knows it, and that the others come to know it. Owned by the event loop. */
final class JobEnding {

    private static final Logger LOG = LoggerFactory.getLogger(JobEnding.class);
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Scheduler loop;
    private @Nullable JobEnd end;

    JobEnding(Scheduler loop) {
        this.loop = loop;
    }

    /** Null where it has not ended by what is known. */
    @Nullable
    JobEnd known() {
        return end;
    }

    boolean isKnown() {
        return end != null;
    }

    /** Another may have written it down. */
    void saw(StoreView view) {
        JobEnd written = view.end();
        if (written != null) {
            end = written;
        }
    }

    /**
     * It has ended here, in that term. The others have to know, or one of them would lead a job that has ended: it is written down
     * again and again, for as long as this process lingers.
     */
    void reached(StoreThread store, TermId term, JobEnd ended) {
        end = ended;
        store.ask(
                to -> {
                    to.end(term.number(), ended);
                    return ended;
                },
                written -> LOG.debug("the job's end is written down"),
                failure -> {
                    LOG.warn("the job's end was not written down: {}", failure);
                    loop.schedule(() -> reached(store, term, ended), AGAIN_NANOS);
                });
    }
}
