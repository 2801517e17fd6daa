package io.coxswain.worker.collective.tcp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** An accepted connection that has not said yet who it is. What is wrong with it harms only itself. Used by the thread that connects. */
final class Guest implements GroupConnector.Handler {
    private final GroupConnector connector;
    private final ByteBuffer hello = ByteBuffer.allocate(Handshake.HELLO_BYTES);

    Guest(GroupConnector connector) {
        this.connector = connector;
    }

    @Override
    public void ready(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (channel.read(hello) < 0) {
                connector.dismiss(this, channel, "it closed the connection before it had said who it is");
            } else if (!hello.hasRemaining()) {
                answer(channel, key);
            }
        } catch (IOException e) {
            connector.dismiss(this, channel, "the connection broke: " + e.getMessage());
        }
    }

    private void answer(SocketChannel channel, SelectionKey key) throws IOException {
        Handshake.Verdict verdict = connector.judge(hello.flip());
        ByteBuffer answer = Handshake.answer(verdict.status(), verdict.reason());
        // The first bytes on a fresh connection: they fit into the socket's buffer.
        channel.write(answer);
        if (answer.hasRemaining() || verdict.status() != Handshake.Status.ACCEPTED) {
            connector.dismiss(this, channel, verdict.reason());
        } else {
            connector.admit(this, new PeerConnection(verdict.rank(), channel, key));
        }
    }
}
