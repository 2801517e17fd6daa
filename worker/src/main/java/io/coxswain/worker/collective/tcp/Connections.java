package io.coxswain.worker.collective.tcp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** The end of what a group has connected. Stateless. */
final class Connections {

    private Connections() {}

    /** Closes a selector and its connections, but not the listening socket, which other epochs share; idempotent. */
    static void close(Selector selector, String whose) {
        if (!selector.isOpen()) {
            return;
        }
        try {
            for (SelectionKey key : selector.keys()) {
                if (key.channel() instanceof SocketChannel channel) {
                    channel.close();
                }
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing the " + whose + " failed", e);
        }
    }
}
