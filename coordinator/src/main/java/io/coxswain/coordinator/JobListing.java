package io.coxswain.coordinator;

import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.observe.DeadSockets;
import io.coxswain.coordinator.observe.JobEntry;
import io.coxswain.coordinator.observe.JobRegistry;
import io.coxswain.coordinator.store.ReplicaProcess;
import io.coxswain.coordinator.store.Replicas;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Enters the job among those of this machine while this process leads it. Thread-safe; the disk has a thread of its own. */
final class JobListing implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JobListing.class);
    private static final long CLOSE_SECONDS = 2;
    /** Whoever is about to serve at a socket has begun by then. */
    private static final Duration DEAD_SOCKET_AGE = Duration.ofMinutes(1);

    private final JobRegistry registry;
    private final String job;
    private final ExecutorService disk = Executors.newSingleThreadExecutor(task -> {
        var thread = new Thread(task, "job-listing");
        thread.setDaemon(true);
        return thread;
    });
    private volatile @Nullable ReplicaProcess self;
    private volatile JobRegistry.@Nullable Registration registration;

    JobListing(JobRegistry registry, String job) {
        this.registry = registry;
        this.job = job;
    }

    /** Says which process this is; before anything else. Removes what others have left that were killed. */
    void of(ReplicaProcess process) {
        self = process;
        disk.execute(() -> {
            try {
                new DeadSockets(registry.directory()).remove(Instant.now().minus(DEAD_SOCKET_AGE));
            } catch (IOException failed) {
                LOG.debug("sockets of dead coordinators were not removed", failed);
            }
        });
    }

    /**
     * Enters the job of a coordinator without replicas; blocks.
     *
     * @throws IOException if another process runs a job of that name, or the entry cannot be written
     */
    void enter(TermId term) throws IOException {
        registration = registry.register(entry(term, List.of()));
    }

    /** Enters the job of a replica; that it fails is a line in the log, for the replicas know each other without it. */
    void enterLater(TermId term, Replicas replicas) {
        ReplicaProcess here = Objects.requireNonNull(self);
        List<JobEntry.Replica> onThisHost = replicas.seen().stream()
                .map(Replicas.Replica::process)
                .filter(process -> process.host().equals(here.host()))
                .map(process -> new JobEntry.Replica(process.pid(), process.address()))
                .toList();
        disk.execute(() -> {
            try {
                registration = registry.register(entry(term, onThisHost));
            } catch (IOException failed) {
                LOG.warn("the job is not listed on this machine: {}", failed.getMessage());
            }
        });
    }

    private JobEntry entry(TermId term, List<JobEntry.Replica> replicas) {
        ReplicaProcess here = Objects.requireNonNull(self);
        return new JobEntry(job, here.host(), here.pid(), here.address(), term.number(), replicas);
    }

    @Override
    public void close() {
        disk.shutdown();
        try {
            if (!disk.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the disk is slow; the job's entry may stay");
            }
            JobRegistry.Registration entered = registration;
            if (entered != null) {
                entered.close();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IOException notRemoved) {
            LOG.warn("the job's entry was not removed: {}", notRemoved.toString());
        }
    }
}
