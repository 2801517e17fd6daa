package io.coxswain.types;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A TCP port that is kept for a server still to come, in this process or another: the kernel gives it to nobody who asks for any free
 * port, and to whoever asks for it by its number. Until a server listens there, connections are refused. That is how Linux treats a port
 * whose holders all set SO_REUSEADDR and of which none listens; servers of Java's, of Netty's and of Hazelcast's set it. Immutable and
 * thread-safe. Kept until it is closed or nobody holds this object any more.
 */
public final class ReservedPort implements AutoCloseable {
    private final Socket holder;

    private ReservedPort(Socket holder) {
        this.holder = holder;
    }

    /**
     * Reserves one of this machine's loopback, 127.0.0.1.
     *
     * @throws IOException when none is free
     */
    public static ReservedPort onLoopback() throws IOException {
        Socket holder = new Socket();
        try {
            holder.setReuseAddress(true);
            holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        } catch (IOException e) {
            holder.close();
            throw e;
        }
        return new ReservedPort(holder);
    }

    /** 1 to 65535. */
    public int number() {
        return holder.getLocalPort();
    }

    /** As programs are told: HOST:PORT. */
    public String address() {
        return holder.getLocalAddress().getHostAddress() + ":" + number();
    }

    /** Gives the port back. A server that listens there meanwhile stays. */
    @Override
    public void close() throws IOException {
        holder.close();
    }
}
