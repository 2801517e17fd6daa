package io.coxswain.worker;

import io.coxswain.worker.step.AgreedStep;
import java.util.Map;

/**
 * A worker of one's own, to be run by {@link DataParallelWorker}: says what it has, and runs what was decided. All methods are called
 * by one thread.
 */
public interface RankProgram {

    /** What has to be equal on all ranks, by name; a rank with other values is refused. At most 60. */
    default Map<String, String> settings() {
        return Map.of();
    }

    /** An epoch begins: at the start, and whenever a rank has come or gone. What was run and not {@link #done} is to be run again. */
    void begin(RankGroup group);

    /** What this rank has to run next. Asked before each step, and again every 50 ms while nobody has anything; must not block. */
    Batch next();

    /**
     * Runs one step, in which all ranks take part: each with as many rows as {@code step} says, those without tokens on padding alone.
     * May throw what the group's communicator throws, by which the epoch ends.
     *
     * @param batch what {@link #next} said last, or {@link Batch#NONE} where that came too late for this step
     */
    void run(AgreedStep step, Batch batch);

    /** That step counts. */
    void done(AgreedStep step, Batch batch);
}
