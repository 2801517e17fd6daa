package io.coxswain.worker.launch;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/** The last lines of a stream, for the failure block. Thread-safe: the stream's relay writes, the launcher reads. */
final class LineTail {
    private final int capacity;
    private final Queue<String> lines = new ArrayDeque<>();

    LineTail(int capacity) {
        this.capacity = capacity;
    }

    synchronized void add(String line) {
        if (lines.size() == capacity) {
            lines.remove();
        }
        lines.add(line);
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }
}
