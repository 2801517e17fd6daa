package io.coxswain.worker.collective.tcp;

/** The operations, with their numbers on the wire. */
enum OperationKind {
    ALL_GATHER(0),
    ALL_GATHER_V(1),
    REDUCE_SCATTER_SUM(2),
    REDUCE_SCATTER_SUM_V(3),
    BROADCAST(4),
    ALL_REDUCE_SUM(5),
    /** No operation of its own: the sender has come as far as all are to come. */
    READY(6);

    private final int number;

    OperationKind(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** The name, or the bare number of a kind that this version does not know. */
    static String describe(int number) {
        for (OperationKind kind : values()) {
            if (kind.number == number) {
                return kind.name();
            }
        }
        return "kind " + number;
    }
}
