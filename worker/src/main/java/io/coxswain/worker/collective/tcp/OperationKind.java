package io.coxswain.worker.collective.tcp;

/** The operations as the wire numbers them: by their order here. */
enum OperationKind {
    ALL_GATHER,
    ALL_GATHER_V,
    REDUCE_SCATTER_SUM,
    REDUCE_SCATTER_SUM_V,
    BROADCAST;

    private static final OperationKind[] KINDS = values();

    /** The name, or the bare number of a kind that this version does not know. */
    static String describe(int number) {
        return number >= 0 && number < KINDS.length ? KINDS[number].name() : "kind " + number;
    }
}
