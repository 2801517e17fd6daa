package io.coxswain.coordinator.store;

import io.coxswain.coordinator.store.ReplicaRefusedException.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Finds out where the replicas are. Thread-safe; blocks. */
public interface PeerLookup {

    /**
     * Looks the addresses up.
     *
     * @throws ReplicaRefusedException if one does not resolve, or none is this machine's
     */
    Peers peers() throws ReplicaRefusedException;

    /** Nobody else. */
    static PeerLookup alone() {
        return Peers::alone;
    }

    /**
     * The addresses of all.
     *
     * @param all host:port of each, not resolved
     * @param own this one's among them; null for the only one that is this machine's
     */
    static PeerLookup among(List<InetSocketAddress> all, @Nullable InetSocketAddress own) {
        return () -> {
            List<InetSocketAddress> resolved = new ArrayList<>();
            for (InetSocketAddress address : all) {
                resolved.add(new InetSocketAddress(byName(address.getHostString()), address.getPort()));
            }
            InetSocketAddress self = own == null
                    ? onlyLocal(resolved)
                    : local(new InetSocketAddress(byName(own.getHostString()), own.getPort()));
            return new Peers(self, resolved, resolved.size());
        };
    }

    /**
     * All addresses of a name, as a headless Service has them.
     *
     * @param port the same for all
     * @param wanted how many there are to be; more than half are waited for, half a minute
     */
    static PeerLookup byName(String name, int port, int wanted) {
        return () -> {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(NameService.WAIT_SECONDS);
            while (true) {
                List<InetSocketAddress> found = NameService.addresses(name, port);
                List<InetSocketAddress> own =
                        found.stream().filter(NameService::isLocal).toList();
                boolean isLast = System.nanoTime() - deadline >= 0;
                if (!own.isEmpty() && (found.size() > wanted / 2 || isLast)) {
                    return new Peers(own.get(0), found, wanted);
                }
                if (isLast) {
                    throw new ReplicaRefusedException(
                            Kind.ADDRESS,
                            "--replicas-dns " + name + " has no address of this machine's; it has " + found,
                            null);
                }
                NameService.pause();
            }
        };
    }

    private static InetAddress byName(String host) throws ReplicaRefusedException {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException unknown) {
            throw new ReplicaRefusedException(
                    Kind.ADDRESS, "the replica's address " + host + " does not resolve", unknown);
        }
    }

    private static InetSocketAddress local(InetSocketAddress address) throws ReplicaRefusedException {
        if (NameService.isLocal(address)) {
            return address;
        }
        throw new ReplicaRefusedException(
                Kind.ADDRESS, "--replica-address " + Joining.text(address) + " is not this machine's", null);
    }

    private static InetSocketAddress onlyLocal(List<InetSocketAddress> all) throws ReplicaRefusedException {
        List<InetSocketAddress> local =
                all.stream().filter(NameService::isLocal).toList();
        if (local.size() == 1) {
            return local.get(0);
        }
        throw new ReplicaRefusedException(
                Kind.ADDRESS,
                local.size() + " of --replicas are this machine's: --replica-address has to say which is this one's",
                null);
    }
}
