package io.coxswain.worker.device;

import java.nio.ByteBuffer;

/** A buffer whose memory the host reads and writes in place. Confined to the forward thread. */
public interface HostAccessible {

    /**
     * The {@code length} bytes from {@code offset} on as a direct buffer in native byte order: the memory itself, valid until
     * the device buffer is closed.
     */
    ByteBuffer hostBytes(long offset, long length);
}
