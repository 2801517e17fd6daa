package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;

import io.coxswain.worker.device.DeviceException;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.jspecify.annotations.Nullable;

/** The recording of one stream's operations, at most one at a time. Confined to the forward thread. */
final class Capture {
    private final CudaCalls calls;
    private final CUstream_st stream;
    private boolean running;
    private @Nullable DeviceException refusal;

    Capture(CudaCalls calls, CUstream_st stream) {
        this.calls = calls;
        this.stream = stream;
    }

    /**
     * Refuses a call that CUDA does not allow while a stream is recorded, before CUDA sees it and ends the recording. There is no
     * graph then, even where {@code operations} swallows the exception, since it would lack what the call was for.
     */
    void requireNone(String call) {
        if (running) {
            DeviceException refused =
                    new DeviceException(call + " is refused while operations are recorded into a graph");
            if (refusal == null) {
                refusal = refused;
            }
            throw refused;
        }
    }

    /** Records what {@code operations} launches; the caller owns the graph. The stream is out of the recording in any case. */
    CUgraph_st record(Runnable operations) {
        requireNone("capture");
        // Of the calls that are dangerous meanwhile, only this thread's are forbidden: others go on allocating and
        // copying.
        calls.check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
        running = true;
        try {
            operations.run();
            if (refusal != null) {
                throw refusal;
            }
        } catch (Throwable failure) {
            discard(failure);
            throw failure;
        } finally {
            running = false;
            refusal = null;
        }
        return end();
    }

    private CUgraph_st end() {
        CUgraph_st recorded = new CUgraph_st();
        calls.check(cudaStreamEndCapture(stream, recorded), "cudaStreamEndCapture");
        return recorded;
    }

    /** Ends a recording that nobody wants. It may be invalid by now, which is what CUDA says when it ends; that is no news. */
    private void discard(Throwable failure) {
        CUgraph_st recorded = new CUgraph_st();
        if (cudaStreamEndCapture(stream, recorded) != 0) {
            cudaGetLastError();
        }
        if (!recorded.isNull()) {
            try {
                calls.check(cudaGraphDestroy(recorded), "cudaGraphDestroy");
            } catch (RuntimeException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
