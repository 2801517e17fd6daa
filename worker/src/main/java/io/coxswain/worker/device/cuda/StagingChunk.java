package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cudart.cudaEventCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaEventDestroy;
import static org.bytedeco.cuda.global.cudart.cudaEventDisableTiming;
import static org.bytedeco.cuda.global.cudart.cudaEventRecord;
import static org.bytedeco.cuda.global.cudart.cudaEventSynchronize;
import static org.bytedeco.cuda.global.cudart.cudaFreeHost;
import static org.bytedeco.cuda.global.cudart.cudaHostAlloc;
import static org.bytedeco.cuda.global.cudart.cudaHostAllocDefault;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** A piece of pinned host memory, and the event that says when the device is done with it. Confined to the forward thread. */
final class StagingChunk {
    private final CudaCalls calls;
    private final BytePointer memory;
    private final CUevent_st done;
    private final ByteBuffer bytes;
    private final FloatBuffer floats;
    private boolean inUse;

    private StagingChunk(CudaCalls calls, BytePointer memory, CUevent_st done) {
        this.calls = calls;
        this.memory = memory;
        this.done = done;
        this.bytes = memory.asByteBuffer().order(ByteOrder.nativeOrder());
        this.floats = bytes.asFloatBuffer();
    }

    static StagingChunk allocate(CudaCalls calls, int byteSize, Releases releases) {
        BytePointer memory = new BytePointer((Pointer) null);
        calls.check(cudaHostAlloc(memory, byteSize, cudaHostAllocDefault), "cudaHostAlloc", byteSize);
        releases.add(() -> calls.check(cudaFreeHost(memory), "cudaFreeHost"));
        CUevent_st done = new CUevent_st();
        calls.check(cudaEventCreateWithFlags(done, cudaEventDisableTiming), "cudaEventCreateWithFlags");
        releases.add(() -> calls.check(cudaEventDestroy(done), "cudaEventDestroy"));
        return new StagingChunk(calls, memory.capacity(byteSize), done);
    }

    int byteSize() {
        return bytes.capacity();
    }

    Pointer memory() {
        return memory;
    }

    /** All of it; absolute access only, the position is shared. */
    ByteBuffer bytes() {
        return bytes;
    }

    /** All of it; absolute access only, the position is shared. */
    FloatBuffer floats() {
        return floats;
    }

    /** To be called behind the copy that uses it. */
    void taken(CUstream_st stream) {
        calls.check(cudaEventRecord(done, stream), "cudaEventRecord");
        inUse = true;
    }

    /** Blocks until the device is done with it. */
    void awaitFree() {
        if (inUse) {
            calls.check(cudaEventSynchronize(done), "cudaEventSynchronize");
            inUse = false;
        }
    }
}
