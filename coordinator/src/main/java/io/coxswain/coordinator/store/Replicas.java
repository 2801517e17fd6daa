package io.coxswain.coordinator.store;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The replicas that see each other. Immutable.
 *
 * @param seen this one included
 * @param wanted how many there are to be
 */
public record Replicas(List<Replica> seen, int wanted) {

    /** Copies the list. */
    public Replicas {
        seen = List.copyOf(seen);
    }

    /**
     * One of them.
     *
     * @param id its random id, under which it holds the lease
     * @param process where its services are
     * @param storeAddress host:port of its part of the store
     */
    public record Replica(long id, ReplicaProcess process, String storeAddress) {}

    /** The random ids of those that are seen. */
    public Set<Long> ids() {
        return seen.stream().map(Replica::id).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether more than half of all see each other. */
    public boolean isMajority() {
        return seen.size() > wanted / 2;
    }
}
