package io.coxswain.sim;

import io.coxswain.coordinator.core.Link;
import java.util.ArrayDeque;
import java.util.Queue;

/** A stream between a worker and a server: each direction keeps its order, and loses what is under way when it breaks. */
final class Stream implements Link {

    /** What it is for. */
    enum Kind {
        CONTROL,
        STEP,
        FEED
    }

    private final Kind kind;
    private final Network network;
    private final SimWorker worker;
    private final SimProcess server;
    private final Direction up;
    private final Direction down;

    Stream(Kind kind, Network network, SimWorker worker, SimProcess server) {
        this.kind = kind;
        this.network = network;
        this.worker = worker;
        this.server = server;
        this.up = new Direction(server);
        this.down = new Direction(worker);
        worker.opened(this);
        server.opened(this);
    }

    Kind kind() {
        return kind;
    }

    SimWorker worker() {
        return worker;
    }

    SimProcess server() {
        return server;
    }

    /** The worker says something: what the server does when it has come. */
    void up(Runnable message) {
        up.send(message);
    }

    /** The server says something: what the worker does when it has come. */
    void down(Runnable message) {
        down.send(message);
    }

    /** One side closes the stream, after what it has said on it. */
    void closeFrom(SimProcess side, Closing closing) {
        boolean byWorker = side == worker;
        SimProcess other = byWorker ? server : worker;
        Direction toOther = byWorker ? up : down;
        side.forgot(this);
        toOther.send(() -> arrived(other, closing));
        toOther.closed = true;
    }

    private void arrived(SimProcess end, Closing closing) {
        end.forgot(this);
        end.streamClosed(this, closing);
    }

    /** Breaks: what is under way is lost, and each end hears of it at a time of its own. */
    void breakDown(long untilWorkerNanos, long untilServerNanos) {
        silence();
        Closing closing = Closing.lost("the connection broke");
        worker.later(untilWorkerNanos, () -> arrived(worker, closing));
        server.later(untilServerNanos, () -> arrived(server, closing));
    }

    /** Breaks, and neither end hears of it. */
    void silence() {
        up.lose();
        down.lose();
    }

    private final class Direction {

        private final SimProcess to;
        private final Queue<Runnable> underWay = new ArrayDeque<>();
        private final Runnable arrival = this::arrive;
        private long lastNanos;
        private boolean closed;

        Direction(SimProcess to) {
            this.to = to;
        }

        void send(Runnable message) {
            if (closed) {
                return;
            }
            underWay.add(message);
            lastNanos = Math.max(lastNanos, network.arrivalNanos(worker.place(), kind));
            network.events().at(lastNanos, arrival);
        }

        private void arrive() {
            if (underWay.isEmpty()) {
                return; // lost
            }
            long healedNanos = network.healedNanos(worker.place(), server);
            if (healedNanos > network.events().now()) {
                network.events().at(healedNanos, arrival);
            } else {
                to.take(underWay.remove());
            }
        }

        void lose() {
            underWay.clear();
            closed = true;
        }
    }
}
