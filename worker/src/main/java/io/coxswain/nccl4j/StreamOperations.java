package io.coxswain.nccl4j;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a communicator on one CUDA stream. A call only launches: what it writes is there for what comes after it on
 * the stream, and for the host when the stream is done. In a stream capture it records. Of a non-blocking communicator, {@link
 * Communicator#awaitReady} must follow each call, or the group's end.
 *
 * <p>Counts are in elements, on all ranks the same, and not negative. Pointers are device memory of as many elements as said and
 * must stay valid until the stream is done; JavaCPP passes a pointer's position to NCCL as bytes, so one that is not 0 is refused
 * for elements of more bytes ({@code getPointer(i)} gives one to element i).
 *
 * <p>Every method throws {@link IllegalArgumentException} for arguments that are wrong by themselves, {@link NcclStatusException}
 * when NCCL refuses, and {@link CommunicatorEndedException} when the communicator has ended. Used by the communicator's thread.
 */
public final class StreamOperations {
    private final Communicator communicator;
    private final CUstream_st stream;

    StreamOperations(Communicator communicator, CUstream_st stream) {
        this.communicator = communicator;
        this.stream = stream;
    }

    /** The communicator whose operations these are. */
    public Communicator communicator() {
        return communicator;
    }

    /** What of NCCL's an operation calls; answers its status. */
    private interface Call {
        int on(ncclComm handle);
    }

    /** Every operation passes here: the communicator stays for as long as NCCL is in it. */
    private void launch(String name, Call call) {
        communicator.enter();
        try {
            Status.check(name, call.on(communicator.handle()));
        } finally {
            communicator.leaveOrKeep();
        }
    }

    /**
     * Gathers {@code count} elements of every rank, ordered by rank: {@code receive} has size * count. In place where {@code send}
     * is element rank * count of {@code receive}.
     */
    public void allGather(Pointer send, Pointer receive, long count, DataType type) {
        check(send, receive, count);
        launch("ncclAllGather", on -> nccl.ncclAllGather(send, receive, count, type.code(), on, stream));
    }

    /** Reduces {@code count} elements of every rank and leaves the result on all; in place where the two are the same. */
    public void allReduce(Pointer send, Pointer receive, long count, Reduction reduction) {
        check(send, receive, count);
        int type = reduction.type().code();
        int op = reduction.op().code();
        launch("ncclAllReduce", on -> nccl.ncclAllReduce(send, receive, count, type, op, on, stream));
    }

    /**
     * Reduces the size * {@code count} elements in {@code send} of every rank; rank r gets the r-th {@code count} of the result. In
     * place where {@code receive} is element rank * count of {@code send}.
     */
    public void reduceScatter(Pointer send, Pointer receive, long count, Reduction reduction) {
        check(send, receive, count);
        int type = reduction.type().code();
        int op = reduction.op().code();
        launch("ncclReduceScatter", on -> nccl.ncclReduceScatter(send, receive, count, type, op, on, stream));
    }

    /**
     * Copies {@code count} elements of rank {@code root}'s {@code send} to {@code receive} on all; on other ranks {@code send} is
     * not read. In place where the two are the same.
     */
    public void broadcast(Pointer send, Pointer receive, long count, DataType type, int root) {
        check(send, receive, count);
        requireRank("root", root);
        launch("ncclBroadcast", on -> nccl.ncclBroadcast(send, receive, count, type.code(), root, on, stream));
    }

    /**
     * Reduces {@code count} elements of every rank and leaves the result on rank {@code root}; on other ranks {@code receive} is not
     * written and may be null. In place where the two are the same.
     */
    public void reduce(Pointer send, @Nullable Pointer receive, long count, Reduction reduction, int root) {
        requireRank("root", root);
        check(send, receive, count);
        if (receive == null && root == communicator.rank()) {
            throw new IllegalArgumentException("receive is null on the root, rank " + root);
        }
        int type = reduction.type().code();
        int op = reduction.op().code();
        launch("ncclReduce", on -> nccl.ncclReduce(send, receive, count, type, op, root, on, stream));
    }

    /** Sends {@code count} elements to rank {@code peer}, which must receive as many. In a group where both send, or it hangs. */
    public void send(Pointer buffer, long count, DataType type, int peer) {
        check(buffer, buffer, count);
        requireRank("peer", peer);
        launch("ncclSend", on -> nccl.ncclSend(buffer, count, type.code(), peer, on, stream));
    }

    /** Receives {@code count} elements from rank {@code peer}, which must send as many. */
    public void receive(Pointer buffer, long count, DataType type, int peer) {
        check(buffer, buffer, count);
        requireRank("peer", peer);
        launch("ncclRecv", on -> nccl.ncclRecv(buffer, count, type.code(), peer, on, stream));
    }

    private static void check(Pointer send, @Nullable Pointer receive, long count) {
        if (count < 0) {
            throw new IllegalArgumentException("count is " + count + ", it must not be negative");
        }
        requireBytePosition(send);
        requireBytePosition(receive);
    }

    private static void requireBytePosition(@Nullable Pointer pointer) {
        if (pointer != null && pointer.position() != 0 && pointer.sizeof() != 1) {
            throw new IllegalArgumentException("the pointer's position is " + pointer.position()
                    + ", which would be taken for bytes; use getPointer(" + pointer.position() + ")");
        }
    }

    private void requireRank(String name, int rank) {
        if (rank < 0 || rank >= communicator.size()) {
            throw new IllegalArgumentException(
                    name + " is " + rank + ", allowed are 0 to " + (communicator.size() - 1));
        }
    }
}
