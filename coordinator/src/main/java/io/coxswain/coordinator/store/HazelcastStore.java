package io.coxswain.coordinator.store;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.Lease;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store as a Hazelcast cluster of the replicas, each with all records. Where a record lies is Hazelcast's affair; what
 * counts is that a compare-and-set runs on one thread of one member. Used by one thread at a time, but for
 * {@link #close}.
 */
public final class HazelcastStore implements CoordinatorStore {

    private static final Logger LOG = LoggerFactory.getLogger(HazelcastStore.class);
    private static final long ANSWER_MILLIS = 1_500;

    private static final String LEASE = "lease";
    private static final String MEMORY = "memory";
    private static final String TERM = "term";
    private static final String END = "end";

    private final Identity identity;
    private final PeerLookup lookup;
    private final StoreListener listener;

    /** Replaced where it joins again; closed by any thread. */
    private volatile HazelcastInstance hazelcast;

    private volatile boolean closed;
    private Peers peers;
    private IMap<String, byte[]> records;

    /**
     * Who a replica is to the others.
     *
     * @param job the job's name, from which the cluster has its own
     * @param id its random id
     * @param process where its services are
     * @param schema the schema of the records that it reads and writes
     */
    public record Identity(String job, long id, ReplicaProcess process, int schema) {

        /** A replica of this version. */
        public static Identity of(String job, long id, ReplicaProcess process) {
            return new Identity(job, id, process, Records.SCHEMA);
        }

        String cluster() {
            return "coxswain-" + job;
        }
    }

    private HazelcastStore(Identity identity, PeerLookup lookup, StoreListener listener, Joined joined) {
        this.identity = identity;
        this.lookup = lookup;
        this.listener = listener;
        this.peers = joined.peers();
        this.hazelcast = joined.hazelcast();
        this.records = hazelcast.getMap(HazelcastSettings.MAP);
    }

    private record Joined(Peers peers, HazelcastInstance hazelcast) {

        static Joined with(Peers peers, Identity identity) throws ReplicaRefusedException {
            return new Joined(peers, Joining.join(identity, peers));
        }
    }

    /**
     * Joins the others, or begins without them; may take some ten seconds. Blocks.
     *
     * @param lookup where the others are
     * @param listener hears of changes from now on, and at once of those who are seen
     * @throws ReplicaRefusedException if this process cannot be a replica of this job
     */
    public static HazelcastStore open(Identity identity, PeerLookup lookup, StoreListener listener)
            throws ReplicaRefusedException {
        var store = new HazelcastStore(identity, lookup, listener, Joined.with(lookup.peers(), identity));
        store.listen();
        return store;
    }

    private void listen() {
        hazelcast.getCluster().addMembershipListener(new Members(hazelcast));
        records.addEntryListener(
                (EntryAddedListener<String, byte[]>) event -> listener.onLease(Records.lease(event.getValue())),
                LEASE,
                true);
        records.addEntryListener(
                (EntryUpdatedListener<String, byte[]>) event -> listener.onLease(Records.lease(event.getValue())),
                LEASE,
                true);
        listener.onReplicas(replicas(hazelcast));
    }

    private Replicas replicas(HazelcastInstance of) {
        List<Replicas.Replica> seen = of.getCluster().getMembers().stream()
                .filter(member -> MemberAttributes.schema(member).equals(Integer.toString(identity.schema())))
                .map(MemberAttributes::replica)
                .toList();
        return new Replicas(seen, peers.wanted());
    }

    @Override
    public StoreView read() throws StoreException {
        return attempt("read", () -> {
            byte[] lease = records.get(LEASE);
            byte[] term = records.get(TERM);
            Lease held = Records.lease(lease);
            return new StoreView(
                    held,
                    Records.leader(lease),
                    Math.max(held.term(), term == null ? 0 : Records.term(term)),
                    MemoryRecord.decode(records.get(MEMORY), System.currentTimeMillis()),
                    Records.end(records.get(END)));
        });
    }

    @Override
    public Swapped swap(Lease expected, Lease next) throws StoreException {
        return attempt("the lease", () -> {
            byte[] record = Records.lease(next, identity.process());
            byte[] now = put(LEASE, ConditionalPut.ifItBeginsWith(Records.beginning(expected), record));
            boolean written = Records.beginsWith(now, Records.beginning(next));
            return new Swapped(written ? Outcome.WRITTEN : Outcome.LOST, Records.lease(now));
        });
    }

    @Override
    public void remember(long term, JobMemory memory) throws StoreException {
        byte[] record = MemoryRecord.encode(term, memory, System.currentTimeMillis());
        attempt("the job's memory", () -> put(MEMORY, ConditionalPut.ifNotOlder(record)));
    }

    @Override
    public void end(long term, JobEnd end) throws StoreException {
        attempt("the job's end", () -> put(END, ConditionalPut.ifNotOlder(Records.end(term, end))));
    }

    @Override
    public void raiseTerm(long term) throws StoreException {
        attempt("the highest term", () -> put(TERM, ConditionalPut.ifNotOlder(Records.term(term))));
    }

    private byte[] put(String key, ConditionalPut put)
            throws InterruptedException, ExecutionException, TimeoutException {
        return records.submitToKey(key, put).toCompletableFuture().get(ANSWER_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** An operation on the records. */
    private interface Operation<T> {
        T run() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private static <T> T attempt(String what, Operation<T> operation) throws StoreException {
        try {
            return operation.run();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StoreException(what + ": interrupted", interrupted);
        } catch (ExecutionException failed) {
            throw new StoreException(what + ": " + failed.getCause(), failed);
        } catch (TimeoutException late) {
            throw new StoreException(what + ": no answer within " + ANSWER_MILLIS + " ms", late);
        } catch (RuntimeException failed) { // Hazelcast's own exceptions have no ancestor of their own
            throw new StoreException(what + ": " + failed, failed);
        }
    }

    @Override
    public void rejoin() throws StoreException {
        try {
            Peers now = lookup.peers(); // a name may have had one address when this replica began, and three by now
            boolean hasNone = !hazelcast.getLifecycleService().isRunning();
            if (!hasNone && !Joining.isAnyAwake(now.others())) {
                return;
            }
            LOG.info(
                    hasNone
                            ? "the last try to join again has failed: this replica begins anew"
                            : "others can be reached that are not seen: this replica joins again");
            hazelcast.getLifecycleService().terminate();
            Joined again = Joined.with(now, identity);
            peers = again.peers();
            hazelcast = again.hazelcast();
        } catch (ReplicaRefusedException refused) {
            throw new StoreException("joining again: " + refused.getMessage(), refused);
        }
        if (closed) {
            hazelcast.getLifecycleService().terminate();
        }
        records = hazelcast.getMap(HazelcastSettings.MAP);
        listen();
        LOG.info(
                "joined again: {} replicas are seen", replicas(hazelcast).seen().size());
    }

    @Override
    public void close() {
        closed = true;
        hazelcast.getLifecycleService().terminate();
    }

    /** Passes on who comes and goes, on Hazelcast's event thread. */
    private final class Members implements MembershipListener {

        private final HazelcastInstance of;

        Members(HazelcastInstance of) {
            this.of = of;
        }

        @Override
        public void memberAdded(MembershipEvent event) {
            listener.onReplicas(replicas(of));
        }

        @Override
        public void memberRemoved(MembershipEvent event) {
            Member gone = event.getMember();
            LOG.info("the replica at {} is gone", MemberAttributes.address(gone));
            listener.onReplicas(replicas(of));
            listener.onGone(MemberAttributes.id(gone));
        }
    }
}
