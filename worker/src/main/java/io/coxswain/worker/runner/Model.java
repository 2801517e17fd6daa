package io.coxswain.worker.runner;

import io.coxswain.worker.collective.Communicator;
import java.util.Optional;

/**
 * What is computed in a step. The loop knows no more of it than this, whatever the model and the device. Used and closed by
 * the forward thread only.
 */
public interface Model extends AutoCloseable {

    /**
     * Makes the model ready for an epoch: takes this rank's share of it. The communicator is connected, stays the caller's, and
     * is used by every following {@link #forward} until the next call. May block for as long as loading the share takes.
     */
    void attach(Communicator communicator);

    /**
     * Runs one forward pass, in which all ranks take part with the same shape but for the rank; returns when its results are
     * there. Throws {@link IllegalArgumentException} when the batch does not fit the shape, {@link IllegalStateException} when
     * no communicator is attached, and what the communicator and the device throw; after those the model is attached anew.
     *
     * @param batch this rank's tokens, at most as many as the shape's rows of this rank; the rest is padding
     */
    void forward(TokenBatch batch, ForwardShape shape);

    /**
     * A hash of what the ranks have put together in the last {@link #forward}: the same on all of them where they have computed on
     * the same bytes. 0 where hashing was not asked for.
     */
    long resultHash();

    /** What was verified since the start; empty where verifying was not asked for. */
    Optional<Verification> verification();

    /** Releases the model's memory; idempotent. */
    @Override
    void close();
}
