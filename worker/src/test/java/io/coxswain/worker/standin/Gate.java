package io.coxswain.worker.standin;

import static io.coxswain.worker.standin.Bindings.*;
import static org.bytedeco.cuda.global.cudart.*;
import static org.bytedeco.cuda.global.nccl.*;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Holds a stream of device 0 until it is opened: what is behind it stays undone for as long as a test needs. The stream
 * waits in a receive for what device 1 sends.
 */
final class Gate implements AutoCloseable {
    private final ncclComm receiver;
    private final ncclComm sender;
    private final CUstream_st sending;
    private final FloatPointer received = device(1);
    private final FloatPointer sent;

    Gate(CUstream_st held) {
        byte[] id = uniqueId();
        receiver = begin(2, id, 0, false);
        cuda(cudaSetDevice(1));
        sender = begin(2, id, 1, false);
        sent = device(1);
        sending = stream();
        cuda(cudaSetDevice(0));
        settle(receiver);
        settle(sender);
        nccl(ncclRecv(received, 1, ncclFloat, 1, receiver, held));
        settle(receiver);
    }

    void open() {
        nccl(ncclSend(sent, 1, ncclFloat, 0, sender, sending));
        settle(sender);
        cuda(cudaStreamSynchronize(sending));
    }

    /** Frees the stream even if the gate was never opened. The memory goes in its turn: freeing at once waits for others. */
    @Override
    public void close() {
        nccl(ncclCommAbort(receiver));
        nccl(ncclCommAbort(sender));
        cuda(cudaFreeAsync(received, sending));
        cuda(cudaFreeAsync(sent, sending));
        cuda(cudaStreamDestroy(sending));
    }
}
