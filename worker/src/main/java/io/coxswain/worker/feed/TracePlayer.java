package io.coxswain.worker.feed;

import java.util.BitSet;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the requests of a trace in order, and counts what is finished, each request once. The replay's time starts
 * when a member asks for the first request, so that a paced replay does not run ahead of workers that still start.
 *
 * <p>A request's number in the trace is its id. A member is known by its id, as in the contract. Pure: time comes in as an
 * argument. Not thread-safe; one owner.
 */
public final class TracePlayer {
    /** What became of a report that a request is finished. The member may forget the request in all cases. */
    public enum Verdict {
        /** It was the current attempt, and is counted now. */
        COUNTED,
        /** It was counted before; reports are repeated until they are acknowledged. */
        REPEATED,
        /** It was an attempt that the request was taken back from since; ignored. */
        STALE
    }

    /**
     * What was counted by now.
     *
     * @param requests finished requests
     * @param promptTokens executed for them
     * @param generatedTokens executed for them
     * @param takenBack hand-outs that were taken back, from lost members or since they never arrived
     * @param staleReports reports of attempts that were taken back
     */
    public record Totals(long requests, long promptTokens, long generatedTokens, long takenBack, long staleReports) {}

    private static final int NO_ATTEMPT = -1;
    private static final byte WAITING = 0;
    private static final byte HELD = 1;
    private static final byte FINISHED = 2;

    private final Trace trace;
    private final ReplaySpeed speed;
    private final byte[] states;
    private final int[] attempts;
    private final long[] holders;
    // What was taken back is older than all that waits behind it, so going through it in order keeps the trace's order.
    private final BitSet takenBack = new BitSet();

    private int next;
    private boolean started;
    private long startNanos;
    private int finishedRequests;
    private long promptTokens;
    private long generatedTokens;
    private long takenBackCount;
    private long staleReports;

    /** Makes a player at the beginning of a trace. */
    public TracePlayer(Trace trace, ReplaySpeed speed) {
        this.trace = trace;
        this.speed = speed;
        states = new byte[trace.size()];
        attempts = new int[trace.size()];
        holders = new long[trace.size()];
    }

    /** Hands the next request that is available to a member; null when there is none now. */
    public @Nullable FeedRequest handOut(long member, long nowNanos) {
        if (!started) {
            started = true;
            startNanos = nowNanos;
        }
        int request = takenBack.nextSetBit(0);
        if (request >= 0) {
            takenBack.clear(request);
        } else if (next < trace.size() && nanosUntilAvailable(next, nowNanos) == 0) {
            request = next++;
        } else {
            return null;
        }
        states[request] = HELD;
        holders[request] = member;
        return new FeedRequest(request, attempts[request], trace.promptTokens(request), trace.generatedTokens(request));
    }

    /**
     * Takes a member's report that a request is finished.
     *
     * @throws IllegalArgumentException when the member cannot have finished that: the request does not exist, this attempt
     *     was not handed out to this member, or what was executed is not what the trace has
     */
    public Verdict finish(long member, ExecutedRequest executed) {
        int request = requireKnown(executed);
        if (executed.attempt() < attempts[request]) {
            staleReports++;
            return Verdict.STALE;
        }
        if (states[request] == WAITING || executed.attempt() > attempts[request] || holders[request] != member) {
            throw new IllegalArgumentException("finished request " + request + ", attempt "
                    + Integer.toUnsignedString(executed.attempt()) + ", was not handed out to this member");
        }
        requireTokens(request, "prompt_tokens", executed.promptTokens(), trace.promptTokens(request));
        requireTokens(request, "generated_tokens", executed.generatedTokens(), trace.generatedTokens(request));
        if (states[request] == FINISHED) {
            return Verdict.REPEATED;
        }
        states[request] = FINISHED;
        finishedRequests++;
        promptTokens += executed.promptTokens();
        generatedTokens += executed.generatedTokens();
        return Verdict.COUNTED;
    }

    private int requireKnown(ExecutedRequest executed) {
        if (executed.id() < 0 || executed.id() >= trace.size()) {
            throw new IllegalArgumentException("finished request " + Long.toUnsignedString(executed.id())
                    + " is unknown; the trace has " + trace.size() + " requests, numbered from 0");
        }
        if (executed.attempt() < 0) {
            throw new IllegalArgumentException("finished request " + executed.id() + ": attempt is "
                    + Integer.toUnsignedString(executed.attempt()) + "; allowed are 0 to " + Integer.MAX_VALUE);
        }
        return (int) executed.id();
    }

    private static void requireTokens(int request, String name, int executed, int asked) {
        if (executed != asked) {
            throw new IllegalArgumentException("finished request " + request + ": " + name + " is "
                    + Integer.toUnsignedString(executed) + "; the trace has " + asked);
        }
    }

    /**
     * Takes back what a member holds and did not finish; each such request goes to the front, with a higher attempt.
     *
     * @return how many
     */
    public int memberLost(long member) {
        return memberHolds(member, Map.of());
    }

    /**
     * Takes back what a member was handed and does not have: it never arrived.
     *
     * @param held by request, the attempt that the member has
     * @return how many
     */
    public int memberHolds(long member, Map<Long, Integer> held) {
        int count = 0;
        for (int request = 0; request < next; request++) {
            if (states[request] == HELD
                    && holders[request] == member
                    && held.getOrDefault((long) request, NO_ATTEMPT) != attempts[request]) {
                states[request] = WAITING;
                attempts[request]++;
                takenBack.set(request);
                count++;
            }
        }
        takenBackCount += count;
        return count;
    }

    /** True when every request is finished and counted. */
    public boolean isExhausted() {
        return finishedRequests == trace.size();
    }

    /** Nanoseconds until a request can be handed out, 0 when one can now; empty when none waits. */
    public OptionalLong nanosUntilNext(long nowNanos) {
        if (!takenBack.isEmpty()) {
            return OptionalLong.of(0);
        }
        return next == trace.size() ? OptionalLong.empty() : OptionalLong.of(nanosUntilAvailable(next, nowNanos));
    }

    private long nanosUntilAvailable(int request, long nowNanos) {
        long elapsedNanos = started ? nowNanos - startNanos : 0;
        return Math.max(0, speed.availableNanos(trace.arrivalNanos(request)) - elapsedNanos);
    }

    /** What was counted by now. */
    public Totals totals() {
        return new Totals(finishedRequests, promptTokens, generatedTokens, takenBackCount, staleReports);
    }
}
