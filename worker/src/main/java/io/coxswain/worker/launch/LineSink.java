package io.coxswain.worker.launch;

/** Where the lines of a child go. Called on one thread, its relay's. */
@FunctionalInterface
interface LineSink {
    /** Takes a line, without its end. */
    void accept(String line);

    /** No more lines come. */
    default void close() {}

    /** One after the other. */
    default LineSink and(LineSink next) {
        LineSink first = this;
        return new LineSink() {
            @Override
            public void accept(String line) {
                first.accept(line);
                next.accept(line);
            }

            @Override
            public void close() {
                first.close();
                next.close();
            }
        };
    }
}
