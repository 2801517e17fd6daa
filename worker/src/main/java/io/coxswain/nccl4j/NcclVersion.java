package io.coxswain.nccl4j;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.cuda.global.nccl;
import org.jspecify.annotations.Nullable;

/**
 * A version of NCCL.
 *
 * @param code NCCL's number for it, for example 23007 for 2.30.7
 */
public record NcclVersion(int code) implements Comparable<NcclVersion> {
    private static final int MAJOR = 10_000;
    private static final int MINOR = 100;
    private static final AtomicReference<@Nullable LinkageError> LOAD_FAILURE = new AtomicReference<>();

    /** The version that these bindings were made for. */
    public static NcclVersion ofBindings() {
        return new NcclVersion(nccl.NCCL_VERSION_CODE);
    }

    /**
     * The version of the library on this machine, which is loaded where it was not yet.
     *
     * @throws NcclUnavailableException if it cannot be loaded
     */
    public static NcclVersion ofLibrary() {
        int[] code = new int[1];
        try {
            Status.check("ncclGetVersion", nccl.ncclGetVersion(code));
        } catch (LinkageError missing) {
            throw unavailable(missing);
        }
        return new NcclVersion(code[0]);
    }

    /** The virtual machine says only once what is missing, and JavaCPP says it below its own search. */
    static NcclUnavailableException unavailable(LinkageError missing) {
        LOAD_FAILURE.compareAndSet(null, missing);
        LinkageError first = Objects.requireNonNull(LOAD_FAILURE.get());
        Throwable innermost = first;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return new NcclUnavailableException("NCCL cannot be loaded: " + innermost.getMessage(), first);
    }

    /**
     * The version of the library on this machine, if these bindings can work with it: of the same release (2.30) or a later one.
     * An older one lacks functions that the bindings name, and calling such a one ends the process.
     *
     * @throws NcclUnavailableException if it cannot be loaded or is too old, with both versions
     */
    public static NcclVersion requireSupported() {
        NcclVersion library = ofLibrary();
        library.requireAtLeastReleaseOf(ofBindings());
        return library;
    }

    void requireAtLeastReleaseOf(NcclVersion needed) {
        if (code / MINOR < needed.code / MINOR) {
            throw new NcclUnavailableException(
                    "NCCL " + this + " is too old: these bindings were made for " + needed + " and need "
                            + needed.major() + "." + needed.minor() + " at least",
                    null);
        }
    }

    /** For example 2. */
    public int major() {
        return code / MAJOR;
    }

    /** For example 30. */
    public int minor() {
        return code % MAJOR / MINOR;
    }

    /** For example 7. */
    public int patch() {
        return code % MINOR;
    }

    @Override
    public int compareTo(NcclVersion other) {
        return Integer.compare(code, other.code);
    }

    @Override
    public String toString() {
        return major() + "." + minor() + "." + patch();
    }
}
