package io.coxswain.worker;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.SessionException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects the communicator of a planned epoch while the running one goes on, on one thread of its own. A communicator belongs to
 * that thread until {@link #take} hands it to the forward thread, which it does only once it is connected.
 *
 * <p>Thread-safe: the session's event loop plans and discards, the forward thread takes. There is one plan at a time.
 */
final class PlannedEpochs implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PlannedEpochs.class);
    private static final long CLOSE_SECONDS = 2;

    private final EpochConnector connector;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread made = new Thread(task, "planned-epoch");
        made.setDaemon(true);
        return made;
    });
    private final SortedMap<Long, Communicator> connected = new TreeMap<>();

    PlannedEpochs(EpochConnector connector) {
        this.connector = connector;
    }

    /** Starts to connect. Does not block. */
    void prepare(GroupMembership group) {
        thread.execute(() -> connect(group));
    }

    private void connect(GroupMembership group) {
        try {
            Communicator communicator = connector.connect(group);
            synchronized (this) {
                connected.put(group.number(), communicator);
            }
            connector.session().prepared(group);
        } catch (PreparationException failed) {
            LOG.info("planned epoch {} was not connected: {}", group.number(), failed.getMessage());
        } catch (SessionException over) {
            LOG.info("planned epoch {} is over: {}", group.number(), over.getMessage());
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The communicator of an epoch, which is the caller's from now on; null where the epoch was not planned. Those of epochs before
     * it are closed: they ended before they were taken.
     */
    synchronized @Nullable Communicator take(long epoch) {
        SortedMap<Long, Communicator> before = connected.headMap(epoch);
        before.forEach(this::close);
        before.clear();
        return connected.remove(epoch);
    }

    private void close(long epoch, Communicator communicator) {
        connector.gate().release(epoch);
        communicator.close();
    }

    /** The plan is off: its communicator, which is aborted, is closed. Does not block. */
    void discard(long epoch) {
        thread.execute(() -> {
            Communicator communicator = take(epoch);
            if (communicator != null) {
                close(epoch, communicator);
            }
        });
    }

    /** Whatever is being connected is given up. */
    @Override
    public void close() {
        connector.gate().shutAll("this member leaves");
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the planned epoch's thread has not ended within {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            connected.forEach(this::close);
            connected.clear();
        }
    }
}
