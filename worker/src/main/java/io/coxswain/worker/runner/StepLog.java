package io.coxswain.worker.runner;

import io.coxswain.worker.step.AgreedStep;

/** Port: where a rank writes down the steps it has executed. Used and closed by the forward thread only. */
public interface StepLog extends AutoCloseable {

    /** Writes nothing down. */
    StepLog NONE = new StepLog() {
        @Override
        public void executed(AgreedStep agreed, int rank, long resultHash) {
            // Nobody wants to know.
        }

        @Override
        public void close() {
            // There is nothing to close.
        }
    };

    /**
     * A RUN step is done on the device; may block as long as a write takes.
     *
     * @param rank this process's rank in the step's epoch
     * @param resultHash equal on all ranks that have executed the same step, see {@link Model#resultHash}
     */
    void executed(AgreedStep agreed, int rank, long resultHash);

    @Override
    void close();
}
