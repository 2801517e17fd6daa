package io.coxswain.worker.collective;

import java.net.InetSocketAddress;

/**
 * A way for ranks to talk to each other: TCP, or a device's own library. It outlives epochs and makes one communicator for
 * each. Opened and closed by the forward thread; {@link #createId} and {@link #create} are also called by the thread that prepares
 * a planned epoch.
 */
public interface CollectiveBackend extends AutoCloseable {

    /** The kind as users name it, for example {@code tcp}. */
    String name();

    /** Where peers reach this rank, for the hello to the coordinator; port 0 where the backend needs no address. */
    InetSocketAddress localAddress();

    /** Makes the identity of a new group; called on its rank 0, which passes it on to the others. Does not block. */
    CommunicatorId createId();

    /**
     * A communicator that is not connected yet, so that it can already be aborted while {@link Communicator#connect()} blocks.
     * Does not block; throws {@link IllegalArgumentException} for a group that this backend cannot serve.
     */
    Communicator create(GroupSpec group);

    /** Gives back what it holds; communicators are closed on their own. Idempotent. */
    @Override
    void close();
}
