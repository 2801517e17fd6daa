package io.coxswain.worker.runner;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is computed in a step. The loop knows no more of it than this, whatever the model and the device. Used and closed by
 * the forward thread only.
 */
public interface Model extends AutoCloseable {

    /** The time in which a model works for one epoch. */
    interface Attachment extends AutoCloseable {

        /** Waits for the device, and gives up what depends on the communicator, which is closed only afterwards. Idempotent. */
        @Override
        void close();
    }

    /**
     * Makes the model ready for an epoch: takes this rank's share of it. The communicator is connected, stays the caller's, and is
     * used until the attachment is closed. One attachment at a time. May block for as long as loading the share takes.
     */
    Attachment attach(Communicator communicator);

    /** The graphs that it can replay now; the same instance until there is a change. */
    CapturedGraphs captured();

    /**
     * Captures a graph, together with all ranks; no tokens are computed. {@link #captured} says whether it worked. Throws as {@link
     * #forward} does, and {@link IllegalStateException} where the model says that it has all graphs.
     *
     * @param shape what the graph is captured for: as many rows of each rank as the graph has tokens
     */
    void capture(GraphKey graph, ForwardShape shape);

    /**
     * Runs one forward pass, in which all ranks take part with the same shape but for the rank; returns when its results are
     * there. Throws {@link IllegalArgumentException} when the batch does not fit the shape, {@link IllegalStateException} when
     * no communicator is attached or a captured graph is missing, and what the communicator and the device throw; after those the
     * model is attached anew.
     *
     * @param batch this rank's tokens, at most as many as the shape's rows of this rank; the rest is padding
     * @param graph what all ranks replay, where they have graphs; null: all run eagerly
     */
    Execution forward(TokenBatch batch, ForwardShape shape, @Nullable GraphKey graph);

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
