package io.coxswain.worker.launch;

/** Whom the launcher suspects of a failure by what it saw itself. The coordinator's verdict goes before it. */
sealed interface Suspect {

    /** A rank whose process ended. */
    record Worker(int place) implements Suspect {}

    /** Those that need no more words. */
    enum Other implements Suspect {
        /** It ended while it was needed, or does not answer. */
        COORDINATOR,
        /** Nobody in particular. */
        NOBODY
    }
}
