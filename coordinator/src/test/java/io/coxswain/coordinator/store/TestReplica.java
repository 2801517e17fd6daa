package io.coxswain.coordinator.store;

import io.coxswain.coordinator.election.Lease;
import io.coxswain.types.ReservedPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** A store of a test's own, and what its listener heard. */
final class TestReplica implements AutoCloseable, StoreListener {
    /** Held for as long as this JVM lives. */
    private static final List<ReservedPort> RESERVED = new CopyOnWriteArrayList<>();

    final Queue<Lease> leases = new ConcurrentLinkedQueue<>();
    final Queue<Long> gone = new ConcurrentLinkedQueue<>();
    volatile Replicas replicas = new Replicas(List.of(), 1);
    final HazelcastStore store;

    private TestReplica(HazelcastStore.Identity identity, PeerLookup lookup) throws ReplicaRefusedException {
        store = HazelcastStore.open(identity, lookup, this);
    }

    static TestReplica alone(String job) throws ReplicaRefusedException {
        return new TestReplica(identity(job, 1), PeerLookup.alone());
    }

    /** The replica at one of the addresses; its id is its index and 1. */
    static TestReplica among(String job, List<InetSocketAddress> all, int index) throws ReplicaRefusedException {
        return new TestReplica(identity(job, index + 1), PeerLookup.among(all, all.get(index)));
    }

    static TestReplica ofSchema(int schema, String job, List<InetSocketAddress> all, int index)
            throws ReplicaRefusedException {
        HazelcastStore.Identity ours = identity(job, index + 1);
        return new TestReplica(
                new HazelcastStore.Identity(job, ours.id(), ours.process(), schema),
                PeerLookup.among(all, all.get(index)));
    }

    /** The replica with an id of its own, which finds the others as it is told. */
    static TestReplica by(String job, long id, PeerLookup lookup) throws ReplicaRefusedException {
        return new TestReplica(identity(job, id), lookup);
    }

    private static HazelcastStore.Identity identity(String job, long id) {
        return HazelcastStore.Identity.of(job, id, new ReplicaProcess("node" + id, id, "node" + id + ":1"));
    }

    /** Ports of loopback that stay free until replicas have them. */
    static List<InetSocketAddress> addresses(int count) throws IOException {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ReservedPort port = ReservedPort.onLoopback();
            RESERVED.add(port);
            addresses.add(InetSocketAddress.createUnresolved("127.0.0.1", port.number()));
        }
        return addresses;
    }

    @Override
    public void onLease(Lease now) {
        leases.add(now);
    }

    @Override
    public void onReplicas(Replicas now) {
        replicas = now;
    }

    @Override
    public void onGone(long replica) {
        gone.add(replica);
    }

    @Override
    public void close() {
        store.close();
    }
}
