package io.coxswain.coordinator.core;

import java.util.Arrays;
import java.util.HexFormat;

/** Bytes that the coordinator passes on without reading them. Immutable: it copies what it is given and gives copies. */
public final class OpaqueId {

    private static final int MAX_BYTES = 1024;

    private final byte[] bytes;

    /** Refuses fewer than 1 and more than 1,024 bytes. */
    public OpaqueId(byte[] bytes) {
        if (bytes.length < 1 || bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "communicator_id.id has " + bytes.length + " bytes; allowed are 1 to " + MAX_BYTES);
        }
        this.bytes = bytes.clone();
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OpaqueId id && Arrays.equals(bytes, id.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
