package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.engine.Scheduler;
import io.coxswain.coordinator.store.CoordinatorStore;
import io.coxswain.coordinator.store.StoreException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the store on the one thread that may, and passes the answers to the event loop. Thread-safe. */
public final class StoreThread implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StoreThread.class);
    private static final int MOST_WAITING = 64;
    private static final long CLOSE_SECONDS = 2;

    private final CoordinatorStore store;
    private final Scheduler loop;
    private final ExecutorService thread;

    /**
     * @param store asked from now on by this one's thread only
     * @param loop where answers go
     */
    public StoreThread(CoordinatorStore store, Scheduler loop) {
        this.store = store;
        this.loop = loop;
        this.thread =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                    var made = new Thread(task, "store");
                    made.setDaemon(true);
                    return made;
                });
    }

    /** A question to the store. */
    public interface Question<T> {
        /** Asks it; blocks. */
        T ask(CoordinatorStore store) throws StoreException;
    }

    /** Something to be written, whose answer is of no interest. */
    public interface Note {
        /** Writes it; blocks. */
        void write(CoordinatorStore store) throws StoreException;
    }

    /** Asks; exactly one of the two is called on the event loop afterwards, unless this is closed in between. */
    <T> void ask(Question<T> question, Consumer<T> answer, Consumer<String> failure) {
        submit(
                () -> {
                    try {
                        T answered = question.ask(store);
                        loop.execute(() -> answer.accept(answered));
                    } catch (StoreException failed) {
                        LOG.debug("the store failed", failed);
                        loop.execute(() -> failure.accept(String.valueOf(failed.getMessage())));
                    }
                },
                failure);
    }

    /** Writes without waiting for it: what is noted is a hint, and a failure a line in the log. */
    void note(String what, Note note) {
        submit(
                () -> {
                    try {
                        note.write(store);
                    } catch (StoreException failed) {
                        LOG.warn("{} was not written down: {}", what, failed.getMessage());
                    }
                },
                failure -> LOG.warn("{} was not written down: {}", what, failure));
    }

    private void submit(Runnable task, Consumer<String> failure) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException full) {
            loop.execute(() -> failure.accept("the store has not answered the last " + MOST_WAITING + " questions"));
        }
    }

    /** Writes what waits to be written, for two seconds at most, and leaves the store. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the store was left before all was written down");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        thread.shutdownNow();
        store.close();
    }
}
