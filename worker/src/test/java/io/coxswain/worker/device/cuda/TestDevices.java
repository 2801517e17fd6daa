package io.coxswain.worker.device.cuda;

import io.coxswain.worker.device.cuda.CudaDeviceConfig.StandIn;
import java.util.concurrent.CountDownLatch;
import org.bytedeco.cuda.cudart.cudaHostFn_t;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/** The stand-in as the tests open it, and work that does not end before it is told to. */
final class TestDevices {
    /** The second device, so that a thread that did not ask for it has another. */
    static final int ORDINAL = 1;

    /** Small chunks, so that copies of some size need many. */
    static final CudaDeviceConfig CONFIG = CudaDeviceConfig.DEFAULT
            .withOrdinal(ORDINAL)
            .withWorkspaceBytes(1 << 20)
            .withStagingBytes(1 << 13)
            .withStandIn(StandIn.ALLOWED);

    private TestDevices() {}

    /** How much of the current device's memory is taken, in bytes. */
    static long usedBytes() {
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            new CudaCalls(ORDINAL).check(cudart.cudaMemGetInfo(free, total), "cudaMemGetInfo");
            return total.get() - free.get();
        }
    }

    /** Occupies the device's stream from its start until it is closed. */
    static final class Blockade implements AutoCloseable {
        private final CountDownLatch over = new CountDownLatch(1);
        // Referenced for as long as the device may call it.
        private final cudaHostFn_t function = new cudaHostFn_t() {
            @Override
            public void call(Pointer unused) {
                try {
                    over.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };

        Blockade(CudaDevice device) {
            new CudaCalls(ORDINAL)
                    .check(cudart.cudaLaunchHostFunc(device.stream(), function, new Pointer()), "cudaLaunchHostFunc");
        }

        @Override
        public void close() {
            over.countDown();
        }
    }
}
