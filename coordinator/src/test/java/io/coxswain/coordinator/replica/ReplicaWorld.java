package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.core.TestTimeouts;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.Lease;
import io.coxswain.coordinator.engine.Engine;
import io.coxswain.coordinator.engine.EngineListener;
import io.coxswain.coordinator.engine.Scheduler;
import io.coxswain.coordinator.store.CoordinatorStore;
import io.coxswain.coordinator.store.JobEnd;
import io.coxswain.coordinator.store.ReplicaProcess;
import io.coxswain.coordinator.store.Replicas;
import io.coxswain.coordinator.store.StoreException;
import io.coxswain.coordinator.store.StoreView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One replica with an event loop and a store of its own, and what was asked of its office. */
final class ReplicaWorld implements AutoCloseable, Office, ReplicaListener, LeaderLine {

    static final long SELF = 7;
    static final ReplicaProcess OTHER = new ReplicaProcess("elsewhere", 1, "elsewhere:1");
    private static final long LONG_NANOS = TimeUnit.MINUTES.toNanos(5);

    final MemoryStore store = new MemoryStore();
    final List<Engine.Reign> reigns = new CopyOnWriteArrayList<>();
    final List<String> stoodBy = new CopyOnWriteArrayList<>();
    final CompletableFuture<List<JobEnd>> stopped = new CompletableFuture<>();
    final List<Runnable> lines = new CopyOnWriteArrayList<>();
    volatile long promise;
    volatile boolean handedOver;
    volatile JobMemory memory = JobMemory.NONE;
    volatile @Nullable ReplicaView shown;
    final Replica replica;
    private final Loop loop = new Loop();

    ReplicaWorld(int wanted) {
        var config = new GroupConfig("job", 2, TestTimeouts.allOf(LONG_NANOS), GroupConfig.Resilience.failing(2));
        replica = new Replica(config, SELF, wanted, new Replica.Ports(loop, this, this, this));
        see(wanted, SELF);
    }

    void start() {
        var thread = new StoreThread(store, loop);
        loop.execute(() -> replica.start(thread));
    }

    /** Has it see these replicas. */
    void see(int wanted, long... ids) {
        List<Replicas.Replica> seen = new ArrayList<>();
        for (long id : ids) {
            seen.add(new Replicas.Replica(id, new ReplicaProcess("node" + id, id, "node:" + id), "store:" + id));
        }
        replica.storeListener().onReplicas(new Replicas(seen, wanted));
    }

    void onLoop(Runnable task) {
        loop.execute(task);
    }

    @Override
    public void lead(Engine.Reign reign, EngineListener listener) {
        reigns.add(reign);
    }

    @Override
    public void standBy(String reason) {
        stoodBy.add(reason);
    }

    @Override
    public long highestPromise() {
        return promise;
    }

    @Override
    public JobMemory memory() {
        return memory;
    }

    @Override
    public void show(ReplicaView view) {
        shown = view;
    }

    @Override
    public void onLeading(TermId term, Replicas replicas) {
        // The office is told as well.
    }

    @Override
    public void onHandedOver() {
        handedOver = true;
    }

    @Override
    public void onStopped(@Nullable JobEnd end) {
        stopped.complete(end == null ? List.of() : List.of(end));
    }

    @Override
    public void onDefect(RuntimeException defect) {
        stopped.completeExceptionally(defect);
    }

    @Override
    public Line open(String address, Runnable onBroken) {
        lines.add(onBroken);
        return () -> {};
    }

    @Override
    public void close() {
        loop.thread.shutdownNow();
    }

    /** One thread. */
    private static final class Loop implements Scheduler {
        private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

        @Override
        public Timer schedule(Runnable task, long delayNanos) {
            Future<?> scheduled = thread.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        }

        @Override
        public void execute(Runnable task) {
            thread.execute(task);
        }

        @Override
        public boolean isCurrentThread() {
            return true;
        }
    }

    /** A store that loses nothing. Thread-safe. */
    static final class MemoryStore implements CoordinatorStore {
        private StoreView view = StoreView.EMPTY;
        private int endsToFail;

        /** So many writes of the job's end fail. */
        synchronized void failNext(int ends) {
            endsToFail = ends;
        }

        @Override
        public synchronized StoreView read() {
            return view;
        }

        @Override
        public synchronized Swapped swap(Lease expected, Lease next) {
            if (!view.lease().equals(expected)) {
                return new Swapped(Outcome.LOST, view.lease());
            }
            holds(next);
            return new Swapped(Outcome.WRITTEN, next);
        }

        synchronized void holds(Lease lease) {
            long highest = Math.max(view.highestTerm(), lease.term());
            view = new StoreView(lease, lease.isReleased() ? null : OTHER, highest, view.memory(), view.end());
        }

        @Override
        public synchronized void remember(long term, JobMemory memory) {
            view = new StoreView(view.lease(), view.leader(), view.highestTerm(), memory, view.end());
        }

        @Override
        public synchronized void end(long term, JobEnd end) throws StoreException {
            if (endsToFail > 0) {
                endsToFail--;
                throw new StoreException("no answer", new TimeoutException());
            }
            holds(end);
        }

        synchronized void holds(JobEnd end) {
            view = new StoreView(view.lease(), view.leader(), view.highestTerm(), view.memory(), end);
        }

        @Override
        public synchronized void raiseTerm(long term) {
            view = new StoreView(
                    view.lease(), view.leader(), Math.max(term, view.highestTerm()), view.memory(), view.end());
        }

        @Override
        public void rejoin() {
            // It was never left.
        }

        @Override
        public void close() {
            // There is nothing to leave.
        }
    }
}
