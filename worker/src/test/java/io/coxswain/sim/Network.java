package io.coxswain.sim;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** How long messages take, and between whom they do not pass for a while. */
final class Network {

    private static final int LEAST_MICROS = 30;
    private static final int SPREAD_MICROS = 600;
    private static final int STEPS_SLOWER = 3;

    private final Events events;
    private final SplittableRandom random;
    private final long[] slowUntilNanos;
    private final long[] extraNanos;
    private final long[] cutUntilNanos;
    private final Map<SimProcess, long[]> cutFromServerNanos = new HashMap<>();

    Network(Events events, SplittableRandom random, int places) {
        this.events = events;
        this.random = random;
        this.slowUntilNanos = new long[places];
        this.extraNanos = new long[places];
        this.cutUntilNanos = new long[places];
    }

    Events events() {
        return events;
    }

    /** When a message arrives that is sent now to or from the worker of a place; a spell hits step streams most. */
    long arrivalNanos(int place, Stream.Kind kind) {
        long now = events.now();
        long delay = (LEAST_MICROS + random.nextInt(SPREAD_MICROS)) * Times.MICRO;
        return now + delay + (now < slowUntilNanos[place] ? extra(place, kind) : 0);
    }

    private long extra(int place, Stream.Kind kind) {
        return kind == Stream.Kind.STEP ? STEPS_SLOWER * extraNanos[place] : extraNanos[place];
    }

    /** All messages of a place take longer for a while. */
    void slowDown(int place, long extra, long untilNanos) {
        slowUntilNanos[place] = untilNanos;
        extraNanos[place] = extra;
    }

    /** No message passes between a place and any server for a while. */
    void cut(int place, long untilNanos) {
        cutUntilNanos[place] = Math.max(cutUntilNanos[place], untilNanos);
    }

    /** No message passes between a place and one server for a while. */
    void cut(int place, SimProcess server, long untilNanos) {
        long[] until = cutFromServerNanos.computeIfAbsent(server, key -> {
            long[] never = new long[cutUntilNanos.length];
            Arrays.fill(never, Long.MIN_VALUE);
            return never;
        });
        until[place] = Math.max(until[place], untilNanos);
    }

    /** When messages pass again between a place and a server; a time that has passed where they do. */
    long healedNanos(int place, SimProcess server) {
        if (cutFromServerNanos.isEmpty()) {
            return cutUntilNanos[place];
        }
        long[] fromServer = cutFromServerNanos.get(server);
        return fromServer == null ? cutUntilNanos[place] : Math.max(cutUntilNanos[place], fromServer[place]);
    }
}
