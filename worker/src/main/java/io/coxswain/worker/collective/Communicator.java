package io.coxswain.worker.collective;

import io.coxswain.worker.device.DeviceView;

/**
 * The ranks of one epoch. All of them call the same operations in the same order with sizes that match; each call may block
 * until all have come, and its result can be used by what is called on the device afterwards (the host calls {@link
 * io.coxswain.worker.device.Device#synchronize()} first).
 *
 * <p>Used by the thread that connects it and then, where that is another one, handed over to the forward thread, which runs all
 * operations; {@link #abort} may be called by any. Every failure is a {@link CollectiveException}; after the first,
 * and after an abort, every call throws {@link CollectiveAbortedException} with that reason, and what the failed operation
 * was to write is undefined. Arguments that are wrong by themselves are an {@link IllegalArgumentException} and do no harm.
 */
public interface Communicator extends AutoCloseable {

    /** The group it was made for. */
    GroupSpec group();

    /** Blocks until all ranks are connected, up to the group's connect deadline. Called once, before any operation. */
    void connect();

    /**
     * Gathers equally many bytes of every rank: {@code receive} is world size times as long as {@code send} and ordered by rank.
     * {@code send} may be this rank's own part of {@code receive}, and then is not copied; else the two must not overlap.
     */
    void allGather(DeviceView send, DeviceView receive);

    /**
     * Gathers {@code bytesByRank[r]} bytes of every rank r, zero allowed: {@code receive} has the sum of them, ordered by rank.
     * The vector is the same on all ranks. In place as in {@link #allGather}.
     */
    void allGatherV(DeviceView send, DeviceView receive, long[] bytesByRank);

    /**
     * Adds up the floats that all ranks have in {@code send}, which is world size times as long as {@code receive}; rank r
     * receives the r-th part. The order of the additions is the same in every run, so equal input gives equal bits.
     * The two must not overlap.
     */
    void reduceScatterSum(DeviceView send, DeviceView receive);

    /** The same with parts of {@code bytesByRank[r]} bytes, multiples of four, zero allowed. */
    void reduceScatterSumV(DeviceView send, DeviceView receive, long[] bytesByRank);

    /**
     * Adds up the floats that all ranks have in {@code view} and leaves the sums there, the same bits on every rank and in every run.
     */
    void allReduceSum(DeviceView view);

    /** Copies the view of rank {@code root} to all others' views of the same length. */
    void broadcast(DeviceView view, int root);

    /**
     * Blocks until all earlier operations, those of the device included, are done, up to the operation deadline; until then an
     * operation may fail. Where operations block themselves, it does nothing.
     */
    void awaitDone();

    /**
     * Ends the epoch: a blocked call is freed at once and every later one throws. Any thread may call it, any number of times;
     * the first reason stays. Does not block.
     */
    void abort(String reason);

    /**
     * Releases connections and memory, on the thread that uses it, after which every call throws; idempotent. The graphs that its
     * operations were recorded in ({@link io.coxswain.worker.device.GraphDevice#capture}) are closed before: they hold it.
     */
    @Override
    void close();
}
