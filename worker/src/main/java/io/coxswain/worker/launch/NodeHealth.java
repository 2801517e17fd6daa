package io.coxswain.worker.launch;

import io.coxswain.worker.health.NodeHealthServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** This node's health port, where it is to have one. Opened and closed by the launcher's thread. */
final class NodeHealth implements AutoCloseable {

    private final @Nullable NodeHealthServer server;

    private NodeHealth(@Nullable NodeHealthServer server) {
        this.server = server;
    }

    /** The port of a worker, by its number on this node. */
    static int workerPort(int nodePort, int localRank) {
        return nodePort + 1 + localRank;
    }

    /**
     * Starts to answer for workers that are yet to come.
     *
     * @param loop has to turn for an answer to be given
     * @throws IOException when the port cannot be had
     */
    static NodeHealth open(NodeSettings nodes, Topology.Reach reach, EventLoop loop) throws IOException {
        Integer port = nodes.addresses().healthPort();
        if (port == null) {
            return new NodeHealth(null);
        }
        InetAddress bind = InetAddress.getByName(reach.bind());
        InetAddress workers = bind.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : bind;
        List<InetSocketAddress> all = IntStream.range(0, nodes.localWorkers())
                .mapToObj(localRank -> new InetSocketAddress(workers, workerPort(port, localRank)))
                .toList();
        return new NodeHealth(NodeHealthServer.start(new InetSocketAddress(bind, port), all, loop::post));
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
