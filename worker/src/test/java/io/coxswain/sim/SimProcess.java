package io.coxswain.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** A process that can be frozen, and that ends. */
abstract class SimProcess {

    private final Events events;
    private final String name;
    private final Queue<Runnable> backlog = new ArrayDeque<>();
    private final List<Stream> streams = new ArrayList<>();
    private boolean alive = true;
    private boolean frozen;

    SimProcess(Events events, String name) {
        this.events = events;
        this.name = name;
    }

    /** A stream was closed by the other side, or broke. */
    abstract void streamClosed(Stream stream, Closing closing);

    final boolean isAlive() {
        return alive;
    }

    final boolean isFrozen() {
        return frozen;
    }

    final long now() {
        return events.now();
    }

    final void later(long nanos, Runnable action) {
        events.at(events.now() + nanos, this, action);
    }

    /** Does something now, or when it is no more frozen. */
    final void take(Runnable action) {
        if (alive) {
            if (frozen) {
                backlog.add(action);
            } else {
                action.run();
            }
        }
    }

    final void freeze() {
        frozen = true;
    }

    /** Goes on, at first with all that has come meanwhile. */
    final void thaw() {
        frozen = false;
        while (alive && !frozen && !backlog.isEmpty()) {
            backlog.remove().run();
        }
    }

    final void opened(Stream stream) {
        streams.add(stream);
    }

    final void forgot(Stream stream) {
        streams.remove(stream);
    }

    /** The process ends, and the system closes its streams. */
    final void end(String how) {
        alive = false;
        backlog.clear();
        for (Stream stream : List.copyOf(streams)) {
            stream.closeFrom(this, Closing.lost(how));
        }
    }

    /** The process ends with its host, and nobody hears of it. */
    final void vanish() {
        alive = false;
        backlog.clear();
        for (Stream stream : List.copyOf(streams)) {
            stream.silence();
        }
    }

    @Override
    public final String toString() {
        return name;
    }
}
