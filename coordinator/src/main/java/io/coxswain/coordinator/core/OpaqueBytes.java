package io.coxswain.coordinator.core;

import java.util.Arrays;
import java.util.HexFormat;

/** Bytes that the coordinator passes on without reading them. Immutable: it copies what it is given and gives copies. */
public final class OpaqueBytes {

    private final byte[] bytes;

    /** A copy of the given bytes. */
    public OpaqueBytes(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OpaqueBytes id && Arrays.equals(bytes, id.bytes);
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
