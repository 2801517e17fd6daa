package io.coxswain.worker.feed;

import io.coxswain.v1.FinishedRequest;
import io.coxswain.v1.MembersUpdate;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    private final PlaceHolders holders = new PlaceHolders();
    private volatile TracePlayer.Totals totals;
    private @Nullable Future<?> nextAvailable;

    FeedDesk(long run, TracePlayer player, EventLoop loop, LongSupplier nanoClock) {
        this.run = run;
        this.player = player;
        this.loop = loop;
        this.nanoClock = nanoClock;
        this.totals = player.totals();
    }

    long run() {
        return run;
    }

    long requestsCompleted() {
        return player.totals().requests();
    }

    /** What was counted by the last time that something was handed out or counted. Any thread. */
    TracePlayer.Totals totals() {
        return totals;
    }

    /**
     * Lets a member pull; why it may not, or null.
     *
     * @param held by request, the attempt that the member has; what else it was handed never arrived
     */
    @Nullable
    String add(PullStream stream, Map<Long, Integer> held) {
        String objection = holders.add(stream);
        if (objection == null) {
            player.memberHolds(stream.member(), held);
            streams.add(stream);
        }
        return objection;
    }

    /** Takes back what members hold that are gone, and hands it out again. */
    void membersChanged(MembersUpdate update) {
        List<Long> gone = holders.update(update);
        for (long member : gone) {
            player.memberLost(member);
            streams.stream().filter(stream -> stream.member() == member).forEach(PullStream::retire);
        }
        if (!gone.isEmpty()) {
            serve();
        }
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
        totals = player.totals();
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
