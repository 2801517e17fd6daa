package io.coxswain.coordinator.store;

import io.coxswain.coordinator.election.Lease;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The records of the store as bytes: the schema's version, the term in which it was written, and what its key stands for.
 * Stateless.
 */
final class Records {

    /** Rises with every change of what is written; replicas of different schemas do not work together. */
    static final int SCHEMA = 2;

    private static final int TERM_OFFSET = 1;
    private static final int MAX_REASON_CHARACTERS = 4096;
    private static final int LEASE_BYTES = 1 + 3 * Long.BYTES;

    /** How the record of a lease that nobody ever took would begin. */
    static final byte[] NO_LEASE = beginning(Lease.NONE);

    private Records() {}

    /** Writes to an array, which does not fail. */
    interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    /** Reads what a body has written. */
    interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    static byte[] of(long term, Body body) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(SCHEMA);
            out.writeLong(term);
            body.write(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** What a record says. */
    static <T> T read(byte[] written, Reader<T> reader) {
        if (written[0] != SCHEMA) {
            throw new IllegalArgumentException("the record's schema is " + written[0] + "; this one is " + SCHEMA);
        }
        try (var in = new DataInputStream(new ByteArrayInputStream(written))) {
            in.skipNBytes(TERM_OFFSET + Long.BYTES);
            return reader.read(in);
        } catch (IOException tooShort) {
            throw new IllegalArgumentException("a record of " + written.length + " bytes is too short", tooShort);
        }
    }

    static long term(byte[] written) {
        return ByteBuffer.wrap(written).getLong(TERM_OFFSET);
    }

    static byte[] term(long term) {
        return of(term, out -> {});
    }

    static byte[] beginning(Lease lease) {
        return of(lease.term(), out -> {
            out.writeLong(lease.holder());
            out.writeLong(lease.renewals());
        });
    }

    static boolean beginsWith(byte[] written, byte[] beginning) {
        return written.length >= beginning.length
                && Arrays.equals(written, 0, beginning.length, beginning, 0, beginning.length);
    }

    static byte[] lease(Lease lease, ReplicaProcess self) {
        return lease.isReleased()
                ? beginning(lease)
                : of(lease.term(), out -> {
                    out.writeLong(lease.holder());
                    out.writeLong(lease.renewals());
                    out.writeUTF(self.host());
                    out.writeLong(self.pid());
                    out.writeUTF(self.address());
                });
    }

    static Lease lease(byte @Nullable [] written) {
        return written == null
                ? Lease.NONE
                : read(written, in -> new Lease(term(written), in.readLong(), in.readLong()));
    }

    static @Nullable ReplicaProcess leader(byte @Nullable [] written) {
        if (written == null || written.length == LEASE_BYTES) {
            return null;
        }
        return read(written, in -> {
            in.skipNBytes(2 * Long.BYTES);
            return new ReplicaProcess(in.readUTF(), in.readLong(), in.readUTF());
        });
    }

    static byte[] end(long term, JobEnd end) {
        return of(term, out -> {
            out.writeUTF(end.kind().name());
            out.writeUTF(end.reason().substring(0, Math.min(end.reason().length(), MAX_REASON_CHARACTERS)));
        });
    }

    static @Nullable JobEnd end(byte @Nullable [] written) {
        return written == null
                ? null
                : read(written, in -> new JobEnd(JobEnd.Kind.valueOf(in.readUTF()), in.readUTF()));
    }
}
