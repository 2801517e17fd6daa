package io.coxswain.worker.launch;

/** Whom the launcher suspects of a failure by what it saw itself. The coordinator's verdict goes before it. */
sealed interface Suspect {

    /** A rank whose process ended. */
    record Worker(int place) implements Suspect {}

    /** A whole host: its launcher is gone, or nothing is heard of it. */
    record Node(int rank) implements Suspect {}

    /** Those that need no more words. */
    enum Other implements Suspect {
        /** It ended while it was needed, or does not answer. */
        COORDINATOR,
        /** Nobody in particular. */
        NOBODY
    }
}
