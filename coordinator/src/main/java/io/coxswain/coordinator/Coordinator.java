package io.coxswain.coordinator;

import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.grpc.CoordinatorServer;
import io.coxswain.coordinator.observe.JobRegistry;
import io.coxswain.coordinator.rehearsal.TakeoverRehearsal;
import io.coxswain.coordinator.replica.Replica;
import io.coxswain.coordinator.replica.ReplicaListener;
import io.coxswain.coordinator.replica.StoreThread;
import io.coxswain.coordinator.store.HazelcastStore;
import io.coxswain.coordinator.store.JobEnd;
import io.coxswain.coordinator.store.ReplicaProcess;
import io.coxswain.coordinator.store.ReplicaRefusedException;
import io.coxswain.coordinator.store.Replicas;
import io.coxswain.types.HostName;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One coordinator's process: its services, its replica and its part of the store. {@link #run} belongs to one thread; the
 * others may be called on any.
 */
final class Coordinator implements ReplicaListener, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);
    private static final long HAND_OVER_SECONDS = 5;
    /** The members go to the next leader just now, which the end of this one's store would take the processors from. */
    private static final long MEMBERS_MOVE_MILLIS = 600;

    private static final long REHEARSAL_ENDS_MILLIS = 1000;
    private static final long LEAD_SECONDS = 30;
    private static final long STANDS_BY_AFTER_SECONDS = 2;
    private static final TakeoverRehearsal.Plan REHEARSAL = new TakeoverRehearsal.Plan(20, 250, Duration.ofSeconds(20));

    private final CoordinatorConfig config;
    private final long id;
    private final CoordinatorServer server;
    private final JobListing listing;
    private final CompletableFuture<TermId> leads = new CompletableFuture<>();
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private volatile @Nullable Replica replica;
    private volatile @Nullable StoreThread store;
    private volatile @Nullable Thread rehearsing;
    private volatile boolean handedOver;

    private Coordinator(CoordinatorConfig config, long id, CoordinatorServer server, JobListing listing) {
        this.config = config;
        this.id = id;
        this.server = server;
        this.listing = listing;
    }

    /**
     * A coordinator that serves nothing yet.
     *
     * @param id this process's random id
     * @throws IllegalArgumentException if the job directory's path and the job's name are too long for a socket
     * @throws IOException if the job directory cannot be used
     */
    static Coordinator of(CoordinatorConfig config, long id) throws IOException {
        var registry = new JobRegistry(config.jobDirectory());
        CoordinatorConfig.Listen listen = config.listen();
        var address = new CoordinatorServer.Address(
                listen.bind(), listen.port(), listen.advertiseAddress(), registry.socketPath(config.job(), id));
        return new Coordinator(config, id, new CoordinatorServer(address), new JobListing(registry, config.job()));
    }

    /**
     * Serves until the job has ended, and a while longer, so that it can be asked how it went.
     *
     * @param announce told host:port once it serves: where there are no other replicas, once it leads
     * @return the exit code
     * @throws IOException if it cannot serve
     * @throws ReplicaRefusedException if it cannot be one of the job's replicas
     */
    int run(Consumer<String> announce) throws IOException, ReplicaRefusedException, InterruptedException {
        GroupConfig groupConfig = config.toGroupConfig();
        Replication replication = config.replication();
        String address = server.bind(groupConfig);
        var process = new ReplicaProcess(
                HostName.ofThisMachine(), ProcessHandle.current().pid(), address);
        listing.of(process);
        var joining = new Replica(
                groupConfig,
                id,
                replication.wanted(),
                new Replica.Ports(server.loop(), server.office(), server.line(), this));
        replica = joining;
        if (!replication.isAlone()) {
            announce.accept(address);
        }
        var joined = new StoreThread(
                HazelcastStore.open(
                        HazelcastStore.Identity.of(config.job(), id, process),
                        replication.lookup(),
                        joining.storeListener()),
                server.loop());
        store = joined;
        server.loop().execute(() -> joining.start(joined));
        if (replication.isAlone()) {
            listing.enter(firstReign());
            announce.accept(address);
        } else {
            rehearse(groupConfig);
        }
        return ending();
    }

    /** For whoever stands by. A replica that is needed as soon as it has joined has no time for it. */
    private void rehearse(GroupConfig group) {
        var playing = new Thread(
                () -> {
                    try {
                        if (!comesToLead()) {
                            long startNanos = System.nanoTime();
                            TakeoverRehearsal.play(REHEARSAL, config.jobDirectory(), group.timeouts(), leads::isDone);
                            LOG.debug(
                                    "rehearsed in {} ms",
                                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
                        }
                    } catch (IOException | TimeoutException failed) {
                        LOG.warn("no takeover was rehearsed, and the first may take longer: {}", failed.getMessage());
                    } catch (InterruptedException ends) {
                        LOG.debug("the rehearsal ends with its coordinator");
                    }
                },
                "rehearsal");
        playing.setDaemon(true);
        rehearsing = playing;
        playing.start();
    }

    private boolean comesToLead() throws InterruptedException {
        try {
            leads.get(STANDS_BY_AFTER_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException standsBy) {
            return false;
        } catch (ExecutionException defect) {
            return true; // and ends by it
        }
    }

    private TermId firstReign() throws IOException, InterruptedException {
        try {
            return leads.get(LEAD_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failed) {
            throw new IOException("the only replica does not come to lead", failed);
        }
    }

    private int ending() throws InterruptedException {
        try {
            int code = exitCode.get();
            if (leads.isDone()) {
                new CompletableFuture<Void>().get(config.linger().toNanos(), TimeUnit.NANOSECONDS);
            }
            return code;
        } catch (ExecutionException defect) {
            LOG.error("the coordinator broke one of its own rules and ends", defect.getCause());
            return ExitCode.FAILED;
        } catch (TimeoutException lingered) {
            return exitCode.getNow(ExitCode.FAILED);
        }
    }

    @Override
    public void onLeading(TermId term, Replicas replicas) {
        if (leads.complete(term) && config.replication().isAlone()) {
            return; // entered before anybody is told where it serves
        }
        listing.enterLater(term, replicas);
    }

    @Override
    public void onHandedOver() {
        handedOver = true;
    }

    @Override
    public void onStopped(@Nullable JobEnd end) {
        stopped.complete(null);
        if (end != null) {
            LOG.info("the job has ended: {}", end.reason());
            exitCode.complete(end.kind() == JobEnd.Kind.STOPPED ? ExitCode.OK : ExitCode.FAILED);
        }
    }

    @Override
    public void onDefect(RuntimeException defect) {
        stopped.complete(null);
        leads.completeExceptionally(defect);
        exitCode.completeExceptionally(defect);
    }

    /** Has another replica lead, where this one does and there is another; waits for it, for five seconds at most. */
    void handOver() {
        Replica leaving = replica;
        if (leaving == null) {
            return;
        }
        server.loop().execute(leaving::stop);
        try {
            stopped.get(HAND_OVER_SECONDS, TimeUnit.SECONDS);
            if (handedOver) {
                Thread.sleep(MEMBERS_MOVE_MILLIS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException late) {
            LOG.warn("the job was not handed over within {} s", HAND_OVER_SECONDS);
        }
    }

    /** Closes all that is open, at once. Closing again changes nothing. */
    @Override
    public void close() {
        endRehearsal();
        StoreThread joined = store;
        if (joined != null) {
            joined.close();
        }
        server.close();
        listing.close();
    }

    /** It has files of its own to remove. */
    private void endRehearsal() {
        Thread playing = rehearsing;
        if (playing == null) {
            return;
        }
        playing.interrupt();
        try {
            playing.join(REHEARSAL_ENDS_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
