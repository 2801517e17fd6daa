package io.coxswain.worker.net;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Which of this machine's addresses others reach it by. */
public final class RouteAddress {

    private RouteAddress() {}

    /**
     * The local address of the route to any of them; nothing is sent. Blocks on name resolution.
     *
     * @throws IOException if none of their names is known yet, or none can be routed to
     */
    public static InetAddress towards(ReplicaAddresses others) throws IOException {
        IOException failure = new UnknownHostException("no address of " + others + " is known");
        for (InetSocketAddress other : others.replicas()) {
            try (var socket = new DatagramSocket()) {
                socket.connect(new InetSocketAddress(InetAddress.getByName(other.getHostString()), other.getPort()));
                return socket.getLocalAddress();
            } catch (IOException unreachable) {
                failure.addSuppressed(unreachable);
            }
        }
        throw failure;
    }
}
