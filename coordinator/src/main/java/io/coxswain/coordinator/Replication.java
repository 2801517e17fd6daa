package io.coxswain.coordinator;

import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.observe.HostPort;
import io.coxswain.coordinator.store.PeerLookup;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which coordinators of the job may take over from each other. Immutable; refuses what makes no sense together.
 *
 * @param replicas where all of them find each other, this one's address included; empty for none or those of a name
 * @param own this one's address among them; null for the only one that is this machine's
 * @param service the name that has the addresses of all; null where replicas says them, or there are none
 */
public record Replication(
        List<HostPort> replicas,
        @Nullable HostPort own,
        @Nullable Service service) {

    /** There is this one, and nobody takes over. */
    public static final Replication ALONE = new Replication(List.of(), null, null);

    private static final int MOST_REPLICAS = 15;

    /**
     * A name that has the addresses of all replicas.
     *
     * @param port the same for all, 1 to 65535
     * @param count how many there are to be, 1 to 15
     */
    public record Service(String name, int port, int count) {

        /** How many there are to be where nobody says it. */
        static final int DEFAULT_COUNT = 3;

        private static final int MAX_PORT = 65_535;

        /** Refuses values out of range. */
        public Service {
            if (name.isBlank()) {
                throw refused("replicas-dns", "empty", "a name");
            }
            if (port < 1 || port > MAX_PORT) {
                throw refused("replica-port", port, "1 to " + MAX_PORT + " with --replicas-dns");
            }
            if (count < 1 || count > MOST_REPLICAS) {
                throw refused("replica-count", count, "1 to " + MOST_REPLICAS);
            }
        }
    }

    /** Copies the list, and refuses what makes no sense together. */
    public Replication {
        replicas = List.copyOf(replicas);
        if (replicas.size() > MOST_REPLICAS || new HashSet<>(replicas).size() < replicas.size()) {
            throw refused("replicas", replicas, "at most " + MOST_REPLICAS + " different addresses");
        }
        if (service != null && !replicas.isEmpty()) {
            throw refused("replicas-dns", service.name(), "one of --replicas and --replicas-dns");
        }
        if (own != null && !replicas.contains(own)) {
            throw refused("replica-address", own, "one of --replicas, which are " + replicas);
        }
    }

    /** How many replicas there are to be. */
    int wanted() {
        return service != null ? service.count() : Math.max(1, replicas.size());
    }

    /** Whether nobody else is looked for. */
    boolean isAlone() {
        return service == null && replicas.isEmpty();
    }

    GroupConfig.Coordinators coordinators() {
        return wanted() == 1 ? GroupConfig.Coordinators.SINGLE : GroupConfig.Coordinators.REPLICATED;
    }

    /** How they are found. */
    PeerLookup lookup() {
        if (service != null) {
            return PeerLookup.byName(service.name(), service.port(), service.count());
        }
        return replicas.isEmpty()
                ? PeerLookup.alone()
                : PeerLookup.among(
                        replicas.stream().map(Replication::unresolved).toList(), own == null ? null : unresolved(own));
    }

    private static InetSocketAddress unresolved(HostPort address) {
        return InetSocketAddress.createUnresolved(address.host(), address.port());
    }

    private static IllegalArgumentException refused(String name, Object value, String allowed) {
        return new IllegalArgumentException("--" + name + " is " + value + "; allowed is " + allowed);
    }
}
