package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.Deadline;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.PeerLostException;
import io.coxswain.worker.collective.PeerRefusedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The attempts to reach one lower rank. One that does not know the group yet, or is about to leave another, is asked again until
 * the connect deadline.
 * Used by the thread that connects.
 */
final class Dial implements GroupConnector.Handler {
    /** Pause between two attempts; both sides learn of a group within a few milliseconds of each other. */
    private static final Duration RETRY_PAUSE = Duration.ofMillis(20);

    private final int rank;
    private final GroupSpec group;
    private final Selector selector;
    private final LongSupplier nanoTime;
    private final Consumer<PeerConnection> onConnected;
    private final ByteBuffer answer = ByteBuffer.allocate(Handshake.ANSWER_BYTES + Handshake.MAX_REASON_BYTES);
    private ByteBuffer hello = ByteBuffer.allocate(0);
    private @Nullable Deadline nextAttempt;
    private String state = "has not answered";

    Dial(int rank, GroupSpec group, Selector selector, LongSupplier nanoTime, Consumer<PeerConnection> onConnected) {
        this.rank = rank;
        this.group = group;
        this.selector = selector;
        this.nanoTime = nanoTime;
        this.nextAttempt = Deadline.after(Duration.ZERO, nanoTime);
        this.onConnected = onConnected;
    }

    /** What the peer said last, for the error at the deadline: a further attempt that is under way does not hide it. */
    String state() {
        return state;
    }

    /** Dials when the pause after the last attempt is over. Returns the milliseconds until it is, or {@code otherwise}. */
    long attemptWhenDue(long otherwise) {
        if (nextAttempt == null) {
            return otherwise;
        }
        long pause = nextAttempt.millisLeft();
        if (pause > 0) {
            return Math.min(pause, otherwise);
        }
        nextAttempt = null;
        attempt();
        return otherwise;
    }

    private void attempt() {
        InetSocketAddress address = group.peers().get(rank);
        hello = Handshake.hello(group, rank);
        answer.clear().limit(Handshake.ANSWER_BYTES);
        try {
            SocketChannel opened = SocketChannel.open();
            opened.configureBlocking(false);
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = opened.register(selector, SelectionKey.OP_CONNECT, this);
            if (opened.connect(address)) {
                ready(key);
            }
        } catch (IOException e) {
            throw lost(e);
        }
    }

    @Override
    public void ready(SelectionKey key) {
        SocketChannel current = (SocketChannel) key.channel();
        try {
            if (current.isConnectionPending()) {
                current.finishConnect();
            }
            if (hello.hasRemaining()) {
                current.write(hello);
                key.interestOps(hello.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
            } else if (readAnswer(current)) {
                conclude(current, key);
            }
        } catch (IOException e) {
            if (!current.isConnected()) {
                throw lost(e);
            }
            // It lives, and was about to end what it did for another group.
            tryAgain(current, String.valueOf(e.getMessage()));
        }
    }

    private void tryAgain(SocketChannel current, String why) {
        state = why;
        try {
            current.close();
        } catch (IOException e) {
            throw lost(e);
        }
        nextAttempt = Deadline.after(RETRY_PAUSE, nanoTime);
    }

    /** Reads not a byte more than the answer: what follows belongs to the first operation. */
    private boolean readAnswer(SocketChannel current) throws IOException {
        if (current.read(answer) < 0) {
            throw new IOException("closed the connection before it had answered");
        }
        if (!answer.hasRemaining() && answer.limit() == Handshake.ANSWER_BYTES) {
            answer.limit(Handshake.ANSWER_BYTES + Handshake.reasonBytes(answer));
            if (answer.hasRemaining() && current.read(answer) < 0) {
                throw new IOException("closed the connection in the middle of its answer");
            }
        }
        return !answer.hasRemaining();
    }

    private void conclude(SocketChannel current, SelectionKey key) {
        Handshake.Status status = Handshake.status(answer);
        int length = answer.position() - Handshake.ANSWER_BYTES;
        String reason = new String(answer.array(), Handshake.ANSWER_BYTES, length, StandardCharsets.UTF_8);
        switch (status) {
            case ACCEPTED -> {
                onConnected.accept(new PeerConnection(rank, current, key));
            }
            case NO_SUCH_GROUP -> tryAgain(current, "does not know the group: " + reason);
            case REFUSED ->
                throw new PeerRefusedException(
                        rank, "rank " + rank + " at " + group.peers().get(rank) + " refused the connection: " + reason);
        }
    }

    private PeerLostException lost(IOException e) {
        String text = "rank " + rank + " at " + group.peers().get(rank) + " cannot be reached: " + e.getMessage();
        return new PeerLostException(rank, text, e);
    }
}
