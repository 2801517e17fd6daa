package io.coxswain.worker.launch;

import io.coxswain.worker.launch.LaunchConfig.Addresses;
import io.coxswain.worker.launch.Topology.Reach;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Under which addresses this machine and others reach each other. */
final class Reachability {
    static final String ANYWHERE = "0.0.0.0";

    private Reachability() {}

    /**
     * Looks a host up.
     *
     * @throws IOException when it is not known, or the answer takes longer than the limit
     */
    static InetAddress resolve(String host, Duration limit) throws IOException, InterruptedException {
        CompletableFuture<InetAddress> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return InetAddress.getByName(host);
            } catch (UnknownHostException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the look-up of " + host + " took longer than " + limit.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException("there is no host " + host + " known here", e);
        }
    }

    /** Whether an address is one of this machine's. */
    static boolean isOfThisMachine(InetAddress address) throws IOException {
        return address.isLoopbackAddress()
                || address.isAnyLocalAddress()
                || NetworkInterface.getByInetAddress(address) != null;
    }

    /** Whether an address, as text, is one that only this machine reaches. A name is none. */
    static boolean isLoopback(String address) {
        return address.startsWith("127.") || address.equals("::1") || address.equals("localhost");
    }

    /** The address that this machine has on the way to another; nothing is sent. */
    static String routeTo(InetAddress other) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(other, NodeSettings.Rendezvous.DEFAULT_PORT));
            return socket.getLocalAddress().getHostAddress();
        }
    }

    /** Of a job on one machine: loopback, unless it was said otherwise. */
    static Reach alone(Addresses said) {
        String bind = said.bind();
        return new Reach(bind == null ? Addresses.LOOPBACK : bind, said.advertise());
    }

    /**
     * Whether a host's name stands for loopback on this machine, as many distributions' own names do: it is another address
     * to all others.
     */
    private static boolean isNameOfItself(String host, InetAddress resolved) {
        return resolved.isLoopbackAddress() && !isLoopback(host) && host.indexOf(':') < 0;
    }

    /** Where node 0 listens for the others; for an endpoint of another machine's, as behind a forwarding, anywhere. */
    static InetSocketAddress listenAt(Addresses said, InetSocketAddress endpoint) throws IOException {
        InetAddress host = endpoint.getAddress();
        if (isOfThisMachine(host) && !isNameOfItself(endpoint.getHostString(), host)) {
            return endpoint; // the others come to just that address, whatever the rest listens at
        }
        return new InetSocketAddress(said.bind() == null ? ANYWHERE : said.bind(), endpoint.getPort());
    }

    /** Of a node among several: the route to the rendezvous, unless it was said otherwise. */
    static Reach among(Addresses said, InetSocketAddress endpoint) throws IOException {
        InetAddress rendezvous = endpoint.getAddress();
        String bind = said.bind();
        String advertise = said.advertise();
        if (advertise != null) {
            // It may be a name, or stand for this machine only to others.
            return new Reach(bind == null ? ANYWHERE : bind, advertise);
        }
        if (isNameOfItself(endpoint.getHostString(), rendezvous)) {
            // The others know what it stands for: they come to the rendezvous by it.
            return new Reach(bind == null ? ANYWHERE : bind, endpoint.getHostString());
        }
        if (bind == null) {
            String route = routeTo(rendezvous);
            return new Reach(route, route);
        }
        boolean isAnywhere = bind.equals(ANYWHERE) || bind.equals("::");
        return new Reach(bind, isAnywhere ? routeTo(rendezvous) : bind);
    }
}
