package io.coxswain.worker.step;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What a control link does later: one thing of each kind at a time. Owned by the event loop. */
final class LinkTimers {
    /** What there is to be done. */
    enum Kind {
        /** To send a heartbeat, and to judge the coordinator's silence. */
        TICK,
        /** To open the next stream. */
        ATTEMPT,
        /** To take a coordinator that has not answered the hello for none. */
        ANSWER,
        /** To give up the epoch, since no coordinator is heard. */
        ORPHAN,
        /** To give up altogether. */
        GIVE_UP
    }

    private final EventLoop loop;
    private final Map<Kind, Future<?>> pending = new EnumMap<>(Kind.class);

    LinkTimers(EventLoop loop) {
        this.loop = loop;
    }

    /** Does it on the event loop, now where this is its thread. Any thread. */
    void execute(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    /** Takes the place of what was to be done before of this kind. */
    void set(Kind kind, Duration delay, Runnable task) {
        cancel(kind);
        pending.put(kind, loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS));
    }

    void cancel(Kind kind) {
        Future<?> before = pending.remove(kind);
        if (before != null) {
            before.cancel(false);
        }
    }

    void cancelAll() {
        for (Kind kind : Kind.values()) {
            cancel(kind);
        }
    }
}
