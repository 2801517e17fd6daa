package io.coxswain.coordinator.store;

import org.jspecify.annotations.Nullable;

/** This process cannot be one of the job's replicas: mostly somebody has to mend what it was told. */
public final class ReplicaRefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** An address does not resolve, or is not this machine's. */
        ADDRESS,
        /** Another process has the port. */
        PORT_TAKEN,
        /** The store does not start, for whatever other reason. */
        NOT_STARTED,
        /** At an address there is a replica of another job. */
        OTHER_JOB,
        /** The other replicas' store has another schema. */
        OTHER_SCHEMA
    }

    private final Kind kind;

    /**
     * @param message what is wrong and where, for people
     */
    public ReplicaRefusedException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }
}
