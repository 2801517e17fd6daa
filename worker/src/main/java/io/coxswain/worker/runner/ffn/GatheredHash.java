package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceView;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A checksum of what a step's all-gathers put together, which is the same bytes on every rank. Costs a download of all rows, and
 * is made only where a step log is wanted. Forward thread only.
 */
final class GatheredHash {

    private final Device device;
    private final CRC32C checksum = new CRC32C();
    private ByteBuffer host = ByteBuffer.allocateDirect(0);
    private long bytes;

    GatheredHash(Device device) {
        this.device = device;
    }

    /** A new step begins. */
    void reset() {
        checksum.reset();
        bytes = 0;
    }

    /** One more all-gather of the step. */
    void add(DeviceView gathered) {
        int length = Math.toIntExact(gathered.length());
        if (host.capacity() < length) {
            host = ByteBuffer.allocateDirect(length + length / 4);
        }
        host.clear().limit(length);
        device.download(gathered, host);
        checksum.update(host.flip());
        bytes += length;
    }

    /** Checksum and length of the step so far. */
    long value() {
        return checksum.getValue() << Integer.SIZE | (bytes & 0xffff_ffffL);
    }
}
