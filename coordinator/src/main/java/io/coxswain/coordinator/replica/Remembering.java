package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.core.JobMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what a successor should know, whenever that changes: once at a time, and what changes meanwhile goes with the
 * next. Owned by the event loop.
 */
final class Remembering {

    private static final Logger LOG = LoggerFactory.getLogger(Remembering.class);

    private final StoreThread store;
    private final Reign reign;
    private boolean isChanged;
    private boolean isWriting;

    /** The reign whose memory is written. */
    interface Reign {
        /** Its term; 0 where this replica does not lead. */
        long term();

        /** What it knows. */
        JobMemory memory();
    }

    Remembering(StoreThread store, Reign reign) {
        this.store = store;
        this.reign = reign;
    }

    void changed() {
        isChanged = true;
        write();
    }

    private void write() {
        long term = reign.term();
        if (isWriting || !isChanged || term == 0) {
            return;
        }
        isChanged = false;
        isWriting = true;
        JobMemory memory = reign.memory();
        store.ask(
                to -> {
                    to.remember(term, memory);
                    return memory;
                },
                written -> next(),
                failure -> {
                    if (reign.term() == term) { // else nobody needs it from this one any more
                        LOG.warn("what a successor should know was not written down: {}", failure);
                    }
                    next();
                });
    }

    private void next() {
        isWriting = false;
        write();
    }
}
