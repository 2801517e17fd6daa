package io.coxswain.worker.collective;

import java.util.Arrays;
import java.util.HexFormat;

/** Identity of one communicator: bytes that mean something to the backend alone. Immutable. */
public final class CommunicatorId {
    private static final int MAX_BYTES = 256;
    private static final int SHOWN_BYTES = 4;

    private final byte[] bytes;

    private CommunicatorId(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Of 1 to 256 bytes, which are copied. */
    public static CommunicatorId of(byte[] bytes) {
        if (bytes.length < 1 || bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a communicator id has 1 to " + MAX_BYTES + " bytes, this one has " + bytes.length);
        }
        return new CommunicatorId(bytes.clone());
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CommunicatorId id && Arrays.equals(bytes, id.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The first bytes in hexadecimal digits: enough to tell ids apart in a log. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes, 0, Math.min(SHOWN_BYTES, bytes.length));
    }
}
