package io.coxswain.nccl4j;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclConfig_t;
import org.bytedeco.cuda.nccl.ncclUniqueId;

/**
 * One rank's end of a group of ranks, each on a CUDA device of its own. All ranks call the same operations in the same order with
 * the same counts.
 *
 * <p>A communicator ends once, in one of two ways. Regularly: {@link #beginFinalize()} on all ranks, {@link #awaitReady}, {@link
 * #destroy()}. Or by {@link #abort()}, at any time and whatever the peers do. From then on every call throws {@link
 * CommunicatorEndedException} and touches nothing of NCCL's.
 *
 * <p>Graphs that were captured with operations of a communicator hold it: NCCL's abort, and its destroy, block for as long as such
 * a graph or its executable exists. Destroy the graphs first, or on another thread than the one that waits in here.
 *
 * <p>Used by one thread at a time; {@link #abort()} and {@link #isEnded()} by any, also while another is inside a call.
 */
public final class Communicator implements AutoCloseable {
    /** Calls do not block in a non-blocking communicator, and leave it far sooner. In a blocking one the abort is what frees them. */
    private static final Duration CALL_GRACE = Duration.ofMillis(100);

    private final ncclComm handle;
    private final int size;
    private final int rank;
    private final CallGate gate = new CallGate();
    private final int[] asyncStatus = new int[1];
    private final BooleanSupplier ready = this::isReady;
    private boolean finalizing;

    private Communicator(ncclComm handle, int size, int rank) {
        this.handle = handle;
        this.size = size;
        this.rank = rank;
    }

    /**
     * Joins a group, with the calling thread's current CUDA device. A non-blocking communicator is of use once {@link #awaitReady}
     * has returned, and until then NCCL waits for the peers without a deadline of its own: {@link #abort()} gives it up.
     *
     * @param id the same on all ranks, made by one of them
     * @param size number of ranks, one at least
     * @param rank this one, 0 to size - 1
     * @throws IllegalArgumentException if size and rank make no group
     * @throws NcclUnavailableException if NCCL cannot be loaded or is too old
     * @throws NcclStatusException if NCCL refuses
     */
    public static Communicator init(UniqueId id, int size, int rank, CommConfig config) {
        if (size < 1 || rank < 0 || rank >= size) {
            throw new IllegalArgumentException("rank " + rank + " of " + size + " is in no group");
        }
        NcclVersion.requireSupported();
        ncclComm handle = new ncclComm();
        try (ncclUniqueId nativeId = id.toNative();
                ncclConfig_t nativeConfig = config.toNative()) {
            int status = nccl.ncclCommInitRankConfig(handle, size, nativeId, rank, nativeConfig);
            Status.check("ncclCommInitRankConfig", status);
        }
        return new Communicator(handle, size, rank);
    }

    /** Number of ranks. */
    public int size() {
        return size;
    }

    /** This rank, 0 to size - 1. */
    public int rank() {
        return rank;
    }

    /** The operations, on a CUDA stream of this rank's device, which must outlive them. Make it once and keep it. */
    public StreamOperations on(CUstream_st stream) {
        return new StreamOperations(this, stream);
    }

    /**
     * Whether NCCL is through with the last call: the initialisation, an operation's or a group's launch, or the finalisation. Says
     * nothing about what the device has done: ask the stream for that. Never blocks.
     *
     * @throws NcclStatusException if the communicator has failed: by that call, or since, such as by the loss of a peer
     * @throws CommunicatorEndedException if it has ended
     */
    public boolean isReady() {
        gate.enter();
        try {
            Status.check("ncclCommGetAsyncError", nccl.ncclCommGetAsyncError(handle, asyncStatus));
            return !Status.check("ncclCommGetAsyncError", asyncStatus[0]);
        } finally {
            gate.leave();
        }
    }

    /**
     * Waits until NCCL is through with the last call. A non-blocking communicator needs this after every call, and before work that
     * is to come after it on the stream; a blocking one never does.
     *
     * @throws WaitTimeoutException if that takes longer than {@code wait} allows
     * @throws WaitEndedException if the wait's condition ends it
     * @throws NcclStatusException as {@link #isReady()}
     * @throws CommunicatorEndedException as {@link #isReady()}
     */
    public void awaitReady(Wait wait) {
        wait.until(ready, "NCCL's last call");
    }

    /**
     * Starts the regular end, for which all ranks must come and all operations be done: no operation may follow. {@link #awaitReady}
     * says when it is through, and {@link #destroy()} frees it then.
     *
     * @throws NcclStatusException if NCCL refuses
     * @throws CommunicatorEndedException if it has ended or is ending
     */
    public void beginFinalize() {
        enter();
        try {
            finalizing = true;
            Status.check("ncclCommFinalize", nccl.ncclCommFinalize(handle));
        } finally {
            gate.leave();
        }
    }

    /** Whether {@link #beginFinalize()} was called and NCCL is through with it; throws as {@link #isReady()}. */
    public boolean isFinalized() {
        return finalizing && isReady();
    }

    /**
     * Frees a communicator that is finalized; does nothing after an abort and when called again. Blocks until the graphs that hold
     * it are destroyed.
     *
     * @throws IllegalStateException if it is not finalized, in which case NCCL would wait here for the peers, without end
     * @throws NcclStatusException if NCCL refuses
     */
    public void destroy() {
        if (gate.isShut()) {
            return;
        }
        if (!isFinalized()) {
            throw new IllegalStateException("the communicator is not finalized; abort ends it without the peers");
        }
        if (gate.shut("was destroyed")) {
            gate.awaitEmpty(CALL_GRACE);
            int status = nccl.ncclCommDestroy(handle);
            handle.setNull();
            Status.check("ncclCommDestroy", status);
        }
    }

    /**
     * Ends the communicator without the peers and frees it: its operations on the device end unfinished, and a thread that is blocked
     * in one of its calls is freed. From the first moment on new calls are refused; calls that are inside get a short time to leave.
     *
     * <p>Blocks until that is done, and until the graphs that hold the communicator are destroyed. Any thread may call it, any number
     * of times; after the first, and after {@link #destroy()}, it returns at once, though the first may still be at it.
     *
     * @throws IllegalStateException if the calling thread has a group open with operations of this communicator
     * @throws NcclStatusException if NCCL could not end it in order; it is gone nevertheless
     */
    public void abort() {
        if (Group.holds(this)) {
            throw new IllegalStateException("this thread has a group open with operations of this communicator");
        }
        if (gate.shut("was aborted")) {
            gate.awaitEmpty(CALL_GRACE);
            int status = nccl.ncclCommAbort(handle);
            handle.setNull();
            Status.check("ncclCommAbort", status);
        }
    }

    /** Whether it was aborted or destroyed, or either is under way. */
    public boolean isEnded() {
        return gate.isShut();
    }

    /** Destroys it where it is finalized, and aborts it where it is not; idempotent. */
    @Override
    public void close() {
        if (gate.isShut()) {
            return;
        }
        if (hasFinalizedWell()) {
            destroy();
        } else {
            abort();
        }
    }

    private boolean hasFinalizedWell() {
        try {
            return isFinalized();
        } catch (NcclException failed) {
            return false; // the abort frees it whatever state it is in
        }
    }

    /** For an operation: {@link #leave} or {@link #leaveOrKeep} must follow. */
    void enter() {
        gate.enter();
        if (finalizing) {
            gate.leave();
            throw new CommunicatorEndedException("the communicator is finalized");
        }
    }

    void leave() {
        gate.leave();
    }

    /** In a group NCCL uses the communicator until the group ends. */
    void leaveOrKeep() {
        if (!Group.keep(this)) {
            gate.leave();
        }
    }

    /** Valid between {@link #enter} and {@link #leave}. */
    ncclComm handle() {
        return handle;
    }
}
