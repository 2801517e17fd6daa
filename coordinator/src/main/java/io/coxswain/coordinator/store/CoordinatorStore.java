package io.coxswain.coordinator.store;

import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.Lease;

/**
 * The memory that the replicas of one job share. Available rather than consistent: what was written may be lost, and on both
 * sides of a cut there may be one; where there are three replicas or more, only a majority's side takes writes.
 *
 * <p>Every method blocks, for two seconds at most but for {@link #rejoin}, and is called on one thread at a time, but for
 * {@link #close}, which may be called on any.
 */
public interface CoordinatorStore extends AutoCloseable {

    /**
     * All that the store holds.
     *
     * @throws StoreException if it does not answer
     */
    StoreView read() throws StoreException;

    /**
     * Replaces the lease if it equals what is expected.
     *
     * @param next the lease to be; this replica's process goes with it where it is the holder
     * @throws StoreException if it does not answer, or this side of a cut has no majority; whether the lease was replaced is
     *     not known
     */
    Swapped swap(Lease expected, Lease next) throws StoreException;

    /**
     * What became of a swap.
     *
     * @param now what the store holds after it
     */
    record Swapped(Outcome outcome, Lease now) {}

    /**
     * Replaces what is remembered of the job, unless a leader of a higher term has written it.
     *
     * @throws StoreException as in {@link #swap}
     */
    void remember(long term, JobMemory memory) throws StoreException;

    /**
     * Says how the job has ended, unless a leader of a higher term has said so.
     *
     * @throws StoreException as in {@link #swap}
     */
    void end(long term, JobEnd end) throws StoreException;

    /**
     * Raises the highest term that was ever heard of.
     *
     * @throws StoreException as in {@link #swap}
     */
    void raiseTerm(long term) throws StoreException;

    /**
     * Where replicas can be reached that are not seen: leaves, and joins again. May take some ten seconds.
     *
     * @throws StoreException if that failed; it may be tried again
     */
    void rejoin() throws StoreException;

    /** Leaves at once; the others notice. Closing again changes nothing. */
    @Override
    void close();
}
