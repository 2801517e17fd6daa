package io.coxswain.coordinator.store;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Where the replicas' parts of the store are. Immutable.
 *
 * @param own this one's
 * @param all this one's included
 * @param wanted how many there are to be: with a name service not all may be known yet
 */
public record Peers(InetSocketAddress own, List<InetSocketAddress> all, int wanted) {

    /** Copies the list. */
    public Peers {
        all = List.copyOf(all);
    }

    /** One replica on loopback that joins nobody. */
    public static Peers alone() {
        var own = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return new Peers(own, List.of(own), 1);
    }

    /** Whether there are no others. */
    public boolean isAlone() {
        return wanted == 1;
    }

    List<InetSocketAddress> others() {
        return all.stream().filter(address -> !address.equals(own)).toList();
    }
}
