package io.coxswain.worker.launch;

import java.util.Locale;

/** What a lost rank means to the job. */
public enum OnLoss {
    /** It ends. */
    FAIL,
    /** The others wait for its successor. */
    WAIT,
    /** The others go on. */
    SHRINK;

    /** As the flag has it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
