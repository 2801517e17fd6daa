package io.coxswain.nccl4j;

import java.util.Arrays;
import java.util.HexFormat;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclUniqueId;

/**
 * Identity of a group of ranks: one process makes it and passes its bytes to all others, by means of its own. Good for one
 * communicator. Immutable.
 */
public final class UniqueId {
    /** Size of an id. */
    public static final int BYTES = 128;

    private static final int SHOWN_BYTES = 8;

    private final byte[] bytes;

    private UniqueId(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A new one; NCCL opens a socket on a thread of this process, through which the ranks find each other. Does not wait for them.
     *
     * @throws NcclUnavailableException if NCCL cannot be loaded or is too old
     * @throws NcclStatusException if NCCL finds no network interface or no socket
     */
    public static UniqueId create() {
        NcclVersion.requireSupported();
        try (ncclUniqueId id = new ncclUniqueId()) {
            Status.check("ncclGetUniqueId", nccl.ncclGetUniqueId(id));
            byte[] bytes = new byte[BYTES];
            id.internal().get(bytes);
            return new UniqueId(bytes);
        }
    }

    /** Of the {@value #BYTES} bytes that another process made, which are copied. */
    public static UniqueId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an NCCL id has " + BYTES + " bytes, this one has " + bytes.length);
        }
        return new UniqueId(bytes.clone());
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return bytes.clone();
    }

    /** The same for NCCL; the caller closes it. */
    ncclUniqueId toNative() {
        ncclUniqueId id = new ncclUniqueId();
        id.internal().put(bytes);
        return id;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UniqueId id && Arrays.equals(bytes, id.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The first bytes in hexadecimal digits: enough to tell ids apart in a log. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes, 0, SHOWN_BYTES);
    }
}
