package io.coxswain.worker.gpucheck;

import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.cuda.CudaDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Whether memory can be had, is zeroed, and keeps what is copied there. */
final class MemoryChecks {
    private static final long SEED = 0x9e3779b97f4a7c15L;

    private final CudaDevice device;
    private final int bytes;

    MemoryChecks(CudaDevice device, int bytes) {
        this.device = device;
        this.bytes = bytes;
    }

    String allocation() {
        long start = System.nanoTime();
        try (DeviceBuffer buffer = device.allocate(bytes)) {
            device.synchronize();
            double nanos = System.nanoTime() - start;
            ByteBuffer content = host();
            device.download(buffer.view(0, bytes), content);
            requireEqual(content.flip(), host(), "fresh memory is not zeroed");
            return Figures.mebibytes(bytes) + " in " + Figures.millis(nanos);
        }
    }

    String copy() {
        ByteBuffer source = host();
        long value = SEED;
        for (int i = 0; i < bytes; i += Long.BYTES) {
            value = value * SEED + 1;
            source.putLong(i, value);
        }
        ByteBuffer target = host();
        try (DeviceBuffer buffer = device.allocate(bytes)) {
            DeviceView view = buffer.view(0, bytes);
            // Once for nothing: the first touch of the host's memory takes longer than the copy.
            device.upload(source.duplicate(), view);
            device.download(view, target);
            device.zero(view);
            device.synchronize();
            long start = System.nanoTime();
            device.upload(source.duplicate(), view);
            device.synchronize();
            long uploaded = System.nanoTime();
            device.download(view, target.clear());
            long downloaded = System.nanoTime();
            requireEqual(target.flip(), source, "what was copied there and back is not the same");
            return Figures.mebibytes(bytes) + " to the device at "
                    + Figures.bandwidth(bytes, (double) (uploaded - start)) + ", back at "
                    + Figures.bandwidth(bytes, (double) (downloaded - uploaded));
        }
    }

    private ByteBuffer host() {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static void requireEqual(ByteBuffer actual, ByteBuffer expected, String otherwise) {
        int different = actual.mismatch(expected);
        if (different >= 0) {
            throw new CheckFailedException(otherwise + ", first at byte " + different);
        }
    }
}
