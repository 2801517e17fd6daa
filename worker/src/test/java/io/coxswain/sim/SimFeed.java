package io.coxswain.sim;

import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import io.coxswain.coordinator.core.MemberId;
import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.feed.ReplaySpeed;
import io.coxswain.worker.feed.SyntheticTrace;
import io.coxswain.worker.feed.Trace;
import io.coxswain.worker.feed.TracePlayer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The feed: the real trace player, with streams to the workers. */
final class SimFeed extends SimProcess {

    /** A rank with full batches finishes its requests at about this many steps each. */
    private static final double STEPS_PER_REQUEST = 60.0 / WorkerBatch.MAX_REQUESTS;
    /** Requests a second of the trace as it is. */
    private static final double TRACE_RATE = 5.5;
    /** Steps a second, about. */
    private static final double STEP_RATE = 37;

    private final Trace trace;
    private final TracePlayer player;
    private final Map<Stream, Integer> rooms = new LinkedHashMap<>();
    private final Map<Integer, Set<MemberId>> seenInPlace = new HashMap<>();
    private final Set<Long> lost = new HashSet<>();
    private long wakeNanos = Long.MAX_VALUE;

    SimFeed(Simulation world) {
        super(world.events(), "the feed");
        Scenario scenario = world.scenario();
        double requestsPerStep = scenario.places() / STEPS_PER_REQUEST;
        int requests = (int) Math.max(1, scenario.steps() * requestsPerStep);
        double load = 0.6 + world.random().nextInt(100) / 100.0;
        this.trace = SyntheticTrace.generate(scenario.seed(), requests);
        this.player = new TracePlayer(trace, new ReplaySpeed(load * STEP_RATE * requestsPerStep / TRACE_RATE));
    }

    void welcome(Stream stream) {
        rooms.keySet().removeIf(other -> other.worker() == stream.worker());
        player.memberLost(memberOf(stream));
        seenInPlace
                .computeIfAbsent(stream.worker().place(), place -> new LinkedHashSet<>())
                .add(stream.worker().member());
        rooms.put(stream, 0);
        serve();
    }

    void room(Stream stream, int room) {
        if (rooms.replace(stream, room) != null) {
            serve();
        }
    }

    void finished(Stream stream, List<ExecutedRequest> requests) {
        for (ExecutedRequest request : requests) {
            try {
                player.finish(memberOf(stream), request);
            } catch (IllegalArgumentException e) {
                throw new Violation(Invariant.REQUESTS, stream.worker() + ": " + e.getMessage(), e);
            }
        }
        stream.down(() -> stream.worker().feed().hearAcknowledged(requests));
        serve();
    }

    private static long memberOf(Stream stream) {
        return stream.worker().member().id();
    }

    /** Takes back what those hold that are not counted on any more. */
    void membersChanged(List<PlaceMember> places) {
        for (PlaceMember place : places) {
            long member = place.member().id();
            for (MemberId seen : seenInPlace.getOrDefault(place.place(), Set.of())) {
                if (seen.attempt() < place.member().attempt()) {
                    takeBack(seen.id());
                }
            }
            if (place.isLive()) {
                lost.remove(member);
            } else {
                takeBack(member);
            }
        }
        serve();
    }

    private void takeBack(long member) {
        if (lost.add(member)) {
            player.memberLost(member);
        }
    }

    private void serve() {
        Stream hungriest = hungriest();
        while (hungriest != null) {
            FeedRequest request = player.handOut(memberOf(hungriest), now());
            if (request == null) {
                break;
            }
            Stream to = hungriest;
            rooms.merge(to, -1, Integer::sum);
            to.down(() -> to.worker().feed().hear(to, request));
            hungriest = hungriest();
        }
        if (player.isExhausted()) {
            rooms.keySet()
                    .forEach(stream -> stream.down(() -> stream.worker().feed().hearExhausted(stream)));
        } else if (hungriest != null) {
            wakeAt(player.nanosUntilNext(now()));
        }
    }

    private void wakeAt(OptionalLong waitNanos) {
        if (waitNanos.isEmpty() || now() + waitNanos.getAsLong() >= wakeNanos) {
            return;
        }
        wakeNanos = now() + waitNanos.getAsLong();
        later(waitNanos.getAsLong(), () -> {
            wakeNanos = Long.MAX_VALUE;
            serve();
        });
    }

    private @Nullable Stream hungriest() {
        Stream hungriest = null;
        for (Map.Entry<Stream, Integer> entry : rooms.entrySet()) {
            Stream stream = entry.getKey();
            boolean hungrier = hungriest == null || entry.getValue() > rooms.getOrDefault(hungriest, 0);
            if (entry.getValue() > 0 && hungrier && !lost.contains(memberOf(stream))) {
                hungriest = stream;
            }
        }
        return hungriest;
    }

    /** The job has stopped well: every request has to be counted by now, with all of its tokens. */
    void checkComplete() {
        TracePlayer.Totals totals = player.totals();
        if (totals.requests() != trace.size()
                || totals.promptTokens() != trace.totalPromptTokens()
                || totals.generatedTokens() != trace.totalGeneratedTokens()) {
            throw new Violation(
                    Invariant.REQUESTS, "the job stopped with " + totals + "; the trace has " + trace.size());
        }
    }

    @Override
    void streamClosed(Stream stream, Closing closing) {
        rooms.remove(stream);
    }
}
