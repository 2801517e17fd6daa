package io.coxswain.worker.feed;

import io.coxswain.v1.FinishedRequest;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Gives the player's requests to the streams that have room, each to the one with the most. Owned by the event loop. */
final class FeedDesk {
    private static final long LONGEST_TIMER_NANOS = TimeUnit.HOURS.toNanos(1);

    private final long run;
    private final TracePlayer player;
    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final List<PullStream> streams = new ArrayList<>();
    private @Nullable Future<?> nextAvailable;

    FeedDesk(long run, TracePlayer player, EventLoop loop, LongSupplier nanoClock) {
        this.run = run;
        this.player = player;
        this.loop = loop;
        this.nanoClock = nanoClock;
    }

    long run() {
        return run;
    }

    long requestsCompleted() {
        return player.totals().requests();
    }

    void add(PullStream stream) {
        streams.add(stream);
    }

    void remove(PullStream stream) {
        streams.remove(stream);
    }

    /**
     * Counts what a worker has finished, and acknowledges it, also what is stale: the worker shall forget that too.
     *
     * @throws IllegalArgumentException when the worker cannot have finished one of them
     */
    void count(PullStream stream, List<FinishedRequest> finished) {
        for (FinishedRequest request : finished) {
            player.finish(stream.member(), FeedMessages.decode(request));
            stream.acknowledge(request.getRequest());
        }
    }

    /** Hands out what is available now, sends what has come together, and comes back when the next is available. */
    void serve() {
        long nowNanos = nanoClock.getAsLong();
        PullStream hungriest = hungriest();
        while (hungriest != null) {
            FeedRequest request = player.handOut(hungriest.member(), nowNanos);
            if (request == null) {
                break;
            }
            hungriest.hand(request);
            hungriest = hungriest();
        }
        for (PullStream stream : List.copyOf(streams)) {
            if (player.isExhausted()) {
                stream.exhausted();
            }
            stream.flush(run);
        }
        scheduleNext(hungriest == null ? OptionalLong.empty() : player.nanosUntilNext(nowNanos));
    }

    private @Nullable PullStream hungriest() {
        PullStream hungriest = null;
        for (PullStream stream : streams) {
            if (stream.room() > 0 && (hungriest == null || stream.room() > hungriest.room())) {
                hungriest = stream;
            }
        }
        return hungriest;
    }

    private void scheduleNext(OptionalLong waitNanos) {
        if (nextAvailable != null) {
            nextAvailable.cancel(false);
            nextAvailable = null;
        }
        if (waitNanos.isPresent()) {
            long nanos = Math.min(waitNanos.getAsLong(), LONGEST_TIMER_NANOS);
            nextAvailable = loop.schedule(this::serve, nanos, TimeUnit.NANOSECONDS);
        }
    }
}
