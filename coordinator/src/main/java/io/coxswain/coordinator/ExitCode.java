package io.coxswain.coordinator;

import io.coxswain.coordinator.store.ReplicaRefusedException;

/** The coordinator's exit codes. */
final class ExitCode {

    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    /** A replica's address does not resolve, or is not this machine's. */
    static final int ADDRESS = 9;
    /** A port that it is to have is another process's. */
    static final int PORT_TAKEN = 10;
    /** The other replicas are another job's. */
    static final int OTHER_JOB = 11;
    /** The other replicas' store has another schema. */
    static final int OTHER_SCHEMA = 12;

    private ExitCode() {}

    static int of(ReplicaRefusedException.Kind kind) {
        return switch (kind) {
            case ADDRESS -> ADDRESS;
            case PORT_TAKEN -> PORT_TAKEN;
            case NOT_STARTED -> FAILED;
            case OTHER_JOB -> OTHER_JOB;
            case OTHER_SCHEMA -> OTHER_SCHEMA;
        };
    }
}
