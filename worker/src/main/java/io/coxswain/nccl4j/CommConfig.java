package io.coxswain.nccl4j;

import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclConfig_t;
import org.bytedeco.javacpp.IntPointer;

/**
 * Settings of a communicator. What is not set, NCCL chooses, and its environment variables win over both. Immutable and
 * thread-safe: every {@code with} method gives a changed copy.
 */
public final class CommConfig {
    private static final int UNSET = Integer.MIN_VALUE;
    private static final int MAGIC = 0xcafebeef;

    private static final CommConfig NON_BLOCKING = new CommConfig(0, UNSET, UNSET, UNSET);
    private static final CommConfig BLOCKING = new CommConfig(1, UNSET, UNSET, UNSET);

    private final int blocking;
    private final int minCtas;
    private final int maxCtas;
    private final int trafficClass;

    private CommConfig(int blocking, int minCtas, int maxCtas, int trafficClass) {
        if (minCtas != UNSET && maxCtas != UNSET && minCtas > maxCtas) {
            throw new IllegalArgumentException("minCtas is " + minCtas + ", above maxCtas, which is " + maxCtas);
        }
        this.blocking = blocking;
        this.minCtas = minCtas;
        this.maxCtas = maxCtas;
        this.trafficClass = trafficClass;
    }

    /**
     * Calls return at once and may still be in progress: the caller waits with {@link Communicator#awaitReady} before the next. The
     * only mode in which an initialisation can be given up.
     */
    public static CommConfig nonBlocking() {
        return NON_BLOCKING;
    }

    /** Calls return when NCCL is through with them, and NCCL knows no deadline. */
    public static CommConfig blocking() {
        return BLOCKING;
    }

    /** The fewest thread blocks (one at least) that an operation may use. More is faster and leaves less of the device to others. */
    public CommConfig withMinCtas(int ctas) {
        return new CommConfig(blocking, requireCtas("minCtas", ctas), maxCtas, trafficClass);
    }

    /** The most thread blocks that an operation may use; not below the fewest. */
    public CommConfig withMaxCtas(int ctas) {
        return new CommConfig(blocking, minCtas, requireCtas("maxCtas", ctas), trafficClass);
    }

    /** The traffic class (0 to 255) of this communicator's network packets, where the network honours it. */
    public CommConfig withTrafficClass(int value) {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException("trafficClass is " + value + ", allowed are 0 to 255");
        }
        return new CommConfig(blocking, minCtas, maxCtas, value);
    }

    private static int requireCtas(String name, int ctas) {
        if (ctas < 1) {
            throw new IllegalArgumentException(name + " is " + ctas + ", it must be one at least");
        }
        return ctas;
    }

    /** Whether calls return only when NCCL is through with them. */
    public boolean isBlocking() {
        return blocking == 1;
    }

    /**
     * The structure for NCCL; the caller closes it. It is what NCCL_CONFIG_INITIALIZER makes in C, which the presets leave out:
     * every field says that it is not set (integers by the lowest value, strings by null), and the head says whose layout it is.
     */
    ncclConfig_t toNative() {
        ncclConfig_t config = new ncclConfig_t();
        int words = config.sizeof() / Integer.BYTES;
        IntPointer fields = new IntPointer(config);
        for (int word = 0; word < words; word++) {
            fields.put(word, UNSET);
        }
        config.size(config.sizeof()).magic(MAGIC).version(nccl.NCCL_VERSION_CODE);
        config.netName(null).commName(null);
        return config.blocking(blocking).minCTAs(minCtas).maxCTAs(maxCtas).trafficClass(trafficClass);
    }
}
