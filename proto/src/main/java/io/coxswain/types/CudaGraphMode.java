package io.coxswain.types;

/**
 * How a forward pass uses CUDA graphs, with the numbers that serving engines use for it.
 *
 * <p>Immutable and thread-safe.
 */
public enum CudaGraphMode {
    /** No graph: every kernel is launched eagerly. */
    NONE(0),
    /** The layers' pieces are graphs; attention and collectives between them run eagerly. */
    PIECEWISE(1),
    /** One graph holds the whole forward pass, its collectives included. */
    FULL(2);

    private static final CudaGraphMode[] BY_NUMBER = values();

    private final int number;

    CudaGraphMode(int number) {
        this.number = number;
    }

    /** The mode's number: 0, 1 or 2. */
    public int number() {
        return number;
    }

    /**
     * The mode with a number.
     *
     * @throws IllegalArgumentException if no mode has it
     */
    public static CudaGraphMode ofNumber(int number) {
        if (number < 0 || number >= BY_NUMBER.length) {
            throw new IllegalArgumentException(
                    "CudaGraphMode number is " + number + "; allowed are 0 (NONE), 1 (PIECEWISE), 2 (FULL)");
        }
        return BY_NUMBER[number];
    }
}
