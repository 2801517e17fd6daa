package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;

import java.nio.ByteBuffer;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Copies between the Java heap and the device through two chunks of pinned host memory: while the device copies the one, the host
 * fills or empties the other, so that a copy of any size needs no more pinned memory than that. Confined to the forward thread.
 *
 * <p>A chunk is used again when the device is done with it, and the device works in order: an upload that is larger than what is
 * free waits for what was launched before it.
 */
final class Staging {
    private final CudaCalls calls;
    private final CUstream_st stream;
    private final StagingChunk[] chunks;
    private int turn;

    private Staging(CudaCalls calls, CUstream_st stream, StagingChunk... chunks) {
        this.calls = calls;
        this.stream = stream;
        this.chunks = chunks;
    }

    /** Allocates the chunks; what is allocated is released by {@code releases}, also where this fails half-way. */
    static Staging open(CudaCalls calls, CUstream_st stream, int bytes, Releases releases) {
        StagingChunk first = StagingChunk.allocate(calls, bytes / 2, releases);
        StagingChunk second = StagingChunk.allocate(calls, bytes / 2, releases);
        return new Staging(calls, stream, first, second);
    }

    /** Copies the floats of {@code source} from {@code index} on; they may change as soon as this returns. */
    void upload(float[] source, int index, Pointer target, long bytes) {
        upload(
                target,
                bytes,
                (chunk, done, count) ->
                        chunk.floats().put(0, source, index + (int) (done / Float.BYTES), count / Float.BYTES));
    }

    /** Copies the bytes of {@code source} from its first byte on, whatever its position. */
    void upload(ByteBuffer source, Pointer target, long bytes) {
        upload(target, bytes, (chunk, done, count) -> chunk.bytes().put(0, source, (int) done, count));
    }

    void download(Pointer source, long bytes, float[] target, int index) {
        download(
                source,
                bytes,
                (chunk, done, count) ->
                        chunk.floats().get(0, target, index + (int) (done / Float.BYTES), count / Float.BYTES));
    }

    /** Copies to {@code target} from its first byte on, whatever its position. */
    void download(Pointer source, long bytes, ByteBuffer target) {
        download(source, bytes, (chunk, done, count) -> target.put((int) done, chunk.bytes(), 0, count));
    }

    /** Moves {@code count} bytes between a chunk and what lies {@code done} bytes from the copy's start. */
    private interface HostCopy {
        void move(StagingChunk chunk, long done, int count);
    }

    private void upload(Pointer target, long bytes, HostCopy host) {
        for (long done = 0; done < bytes; ) {
            StagingChunk chunk = next();
            int count = (int) Math.min(chunk.byteSize(), bytes - done);
            chunk.awaitFree();
            host.move(chunk, done, count);
            copy(at(target, done), chunk.memory(), count, cudaMemcpyHostToDevice);
            chunk.taken(stream);
            done += count;
        }
    }

    private void download(Pointer source, long bytes, HostCopy host) {
        int waiting = 0;
        StagingChunk earlier = chunks[0];
        for (long done = 0; done < bytes; ) {
            StagingChunk chunk = next();
            int count = (int) Math.min(chunk.byteSize(), bytes - done);
            chunk.awaitFree();
            copy(chunk.memory(), at(source, done), count, cudaMemcpyDeviceToHost);
            chunk.taken(stream);
            drain(earlier, done - waiting, waiting, host);
            earlier = chunk;
            waiting = count;
            done += count;
        }
        drain(earlier, bytes - waiting, waiting, host);
    }

    private static void drain(StagingChunk chunk, long done, int count, HostCopy host) {
        if (count > 0) {
            chunk.awaitFree();
            host.move(chunk, done, count);
        }
    }

    private StagingChunk next() {
        StagingChunk chunk = chunks[turn];
        turn = (turn + 1) % chunks.length;
        return chunk;
    }

    private void copy(Pointer target, Pointer source, int count, int kind) {
        calls.check(cudaMemcpyAsync(target, source, count, kind, stream), "cudaMemcpyAsync", count);
    }

    private static Pointer at(Pointer base, long offset) {
        BytePointer pointer = new BytePointer(base);
        return pointer.position(pointer.position() + offset);
    }
}
