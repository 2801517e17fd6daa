package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.CollectiveMismatchException;
import io.coxswain.worker.collective.PeerLostException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** The connection to one peer, with what is still to be sent and received in the current operation. Forward thread only. */
final class PeerConnection {
    private static final int MAGIC = 0x43584F50;
    private static final int HEADER_BYTES = 32;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final int rank;
    private final SocketChannel channel;
    private final SelectionKey key;
    // Header and payload go in one system call each way; the payload's slot changes with every operation.
    private final ByteBuffer[] out = {ByteBuffer.allocateDirect(HEADER_BYTES), ByteBuffer.allocate(0)};
    private final ByteBuffer[] in = {ByteBuffer.allocateDirect(HEADER_BYTES), ByteBuffer.allocate(0)};
    private final ByteBuffer headerOut = out[0];
    private final ByteBuffer headerIn = in[0];
    private boolean headerChecked;

    PeerConnection(int rank, SocketChannel channel, SelectionKey key) {
        this.rank = rank;
        this.channel = channel;
        this.key = key;
        key.attach(this);
        key.interestOps(0);
    }

    int rank() {
        return rank;
    }

    /** Sets what the next operation sends to this peer and receives from it: all that remains in the two buffers. */
    void begin(OperationKind kind, long number, ByteBuffer send, ByteBuffer receive) {
        headerOut.clear();
        headerOut.putInt(MAGIC).putInt(kind.number()).putLong(number);
        headerOut.putLong(send.remaining()).putLong(receive.remaining()).flip();
        headerIn.clear();
        headerChecked = false;
        out[1] = send;
        in[1] = receive;
    }

    /** Sets that the peer's word {@code READY} is expected, and that this side's is held back until {@link #sayReady}. */
    void expectReady() {
        begin(OperationKind.READY, 0, NOTHING.duplicate(), NOTHING.duplicate());
        headerOut.position(headerOut.limit());
    }

    void sayReady() {
        headerOut.position(0);
    }

    /** Sends and receives as much as goes without blocking. */
    void progress() {
        try {
            if (!sent()) {
                channel.write(out);
            }
            if (!received()) {
                receive();
            }
        } catch (IOException e) {
            throw new PeerLostException(rank, "the connection to rank " + rank + " broke: " + e.getMessage(), e);
        }
    }

    private void receive() throws IOException {
        long count = channel.read(in);
        if (!headerChecked && !headerIn.hasRemaining()) {
            headerChecked = true;
            checkHeader();
        }
        if (count < 0) {
            throw new PeerLostException(rank, "rank " + rank + " closed its connection", null);
        }
    }

    private void checkHeader() {
        boolean same = headerIn.getInt(0) == MAGIC
                && headerIn.getInt(4) == headerOut.getInt(4)
                && headerIn.getLong(8) == headerOut.getLong(8)
                && headerIn.getLong(16) == headerOut.getLong(24)
                && headerIn.getLong(24) == headerOut.getLong(16);
        if (!same) {
            throw new CollectiveMismatchException(
                    rank,
                    "rank " + rank + " runs another operation: here " + describe(headerOut) + ", there "
                            + describe(headerIn));
        }
    }

    private static String describe(ByteBuffer header) {
        if (header.getInt(0) != MAGIC) {
            return "no operation (the stream has other bytes)";
        }
        return "number " + header.getLong(8) + " " + OperationKind.describe(header.getInt(4)) + " sending "
                + header.getLong(16) + " bytes and expecting " + header.getLong(24);
    }

    private boolean sent() {
        return !headerOut.hasRemaining() && !out[1].hasRemaining();
    }

    private boolean received() {
        return !headerIn.hasRemaining() && !in[1].hasRemaining();
    }

    boolean isDone() {
        return sent() && received();
    }

    /** What is missing, for an error. */
    String remaining() {
        return "rank " + rank + " (" + (headerOut.remaining() + out[1].remaining()) + " bytes to send, "
                + (headerIn.remaining() + in[1].remaining()) + " to receive)";
    }

    /** Makes the selector wait for just what is missing; a peer that is ahead must not wake this thread. */
    void updateInterest() {
        int wanted = (sent() ? 0 : SelectionKey.OP_WRITE) | (received() ? 0 : SelectionKey.OP_READ);
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    void close() throws IOException {
        channel.close();
    }
}
