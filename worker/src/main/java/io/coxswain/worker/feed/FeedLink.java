package io.coxswain.worker.feed;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.FeedUp;
import io.coxswain.v1.FinishedRequest;
import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RequestHandout;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The event loop's half of a worker's feed stream. What the forward thread hands over is sent together, at most once in a
 * message interval.
 *
 * <p>A message with finished requests is followed by no other until the feed has acknowledged them. So what the feed hands
 * out has arrived before the room is said anew, and cannot be handed out twice over. For the same reason a repetition says
 * that there is no room.
 *
 * <p>Owned by the event loop, but for the methods that say otherwise.
 */
final class FeedLink extends ClientCall.Listener<FeedDown> {
    // One offer can cross another on the wire, and a smaller one before it.
    private static final int ARRIVALS_PER_ROOM = 4;

    private final FeedClientConfig config;
    private final ClientCall<FeedUp, FeedDown> call;
    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final Runnable onWork;

    private final ArrivalRing arrivals;
    // Holds at most what was handed out, which the room bounds.
    private final Queue<ExecutedRequest> finished = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean flushDue = new AtomicBoolean();
    private volatile RoomOffer offer = RoomOffer.NONE;
    private final AtomicReference<@Nullable RankProgress> unsentProgress = new AtomicReference<>();
    private volatile boolean exhausted;
    private volatile @Nullable String failure;

    private final Map<Long, FinishedRequest> unacknowledged = new LinkedHashMap<>();
    private RoomOffer sentOffer = RoomOffer.NONE;
    private long run;
    private long arrived;
    private long sentNanos;
    private @Nullable Future<?> repetition;
    private boolean withdrewRoom;
    private boolean over;

    FeedLink(
            FeedClientConfig config,
            ClientCall<FeedUp, FeedDown> call,
            EventLoop loop,
            LongSupplier nanoClock,
            Runnable onWork) {
        this.config = config;
        this.call = call;
        this.loop = loop;
        this.nanoClock = nanoClock;
        this.onWork = onWork;
        this.arrivals = new ArrivalRing(ARRIVALS_PER_ROOM * config.maxRequests());
    }

    /** The forward thread polls it, and nobody else. */
    ArrivalRing arrivals() {
        return arrivals;
    }

    /** For any thread. */
    boolean isExhausted() {
        return exhausted;
    }

    /** Why no request will come any more; null: nothing is wrong. For any thread. */
    @Nullable
    String failure() {
        return failure;
    }

    /** For any thread, as are the following ones. */
    void offer(RoomOffer newOffer) {
        offer = newOffer;
        requestFlush();
    }

    void finished(ExecutedRequest request) {
        finished.add(request);
        requestFlush();
    }

    void progress(RankProgress newProgress) {
        unsentProgress.set(newProgress);
        requestFlush();
    }

    void close() {
        loop.execute(() -> {
            if (!over) {
                over = true;
                call.cancel("the worker has closed its feed", null);
            }
        });
    }

    private void requestFlush() {
        if (!flushDue.get() && flushDue.compareAndSet(false, true)) {
            loop.execute(this::flush);
        }
    }

    void start() {
        if (over) {
            return;
        }
        call.start(this, new Metadata());
        call.request(Integer.MAX_VALUE);
        if (over) {
            // The host has refused the connection at once.
            return;
        }
        send(newMessage().setPlace(config.place()).setMember(config.member()));
        Duration timeout = config.timing().connectTimeout();
        Future<?> unused = later(timeout.toNanos(), () -> {
            if (run == 0) {
                fail("did not answer within " + timeout);
            }
        });
    }

    private void flush() {
        if (over) {
            return;
        }
        long earlyNanos = config.timing().messageInterval().toNanos() - (nanoClock.getAsLong() - sentNanos);
        if (earlyNanos > 0) {
            Future<?> unused = later(earlyNanos, this::flush);
            return;
        }
        flushDue.set(false);
        if (unacknowledged.isEmpty() && hasNews()) {
            send(newMessage());
        }
    }

    private boolean hasNews() {
        return withdrewRoom || !finished.isEmpty() || !offer.equals(sentOffer) || unsentProgress.get() != null;
    }

    private FeedUp.Builder newMessage() {
        FeedUp.Builder message = FeedUp.newBuilder().setRun(run);
        sentOffer = offer;
        withdrewRoom = false;
        message.setRoom(sentOffer.openAfter(arrived));
        RankProgress progress = unsentProgress.getAndSet(null);
        if (progress != null) {
            message.setProgress(progress);
        }
        while (unacknowledged.size() < FeedMessages.MAX_FINISHED && !finished.isEmpty()) {
            FinishedRequest request = FeedMessages.encode(finished.remove());
            unacknowledged.put(request.getRequest(), request);
        }
        return message.addAllFinished(unacknowledged.values());
    }

    private void send(FeedUp.Builder message) {
        call.sendMessage(message.build());
        sentNanos = nanoClock.getAsLong();
        if (!unacknowledged.isEmpty()) {
            repetition = later(config.timing().repeatInterval().toNanos(), this::repeat);
        }
    }

    private void repeat() {
        Duration timeout = config.timing().answerTimeout();
        if (nanoClock.getAsLong() - sentNanos >= timeout.toNanos()) {
            fail("has not acknowledged " + unacknowledged.size() + " finished requests within " + timeout);
            return;
        }
        withdrewRoom = true;
        call.sendMessage(FeedUp.newBuilder()
                .setRun(run)
                .addAllFinished(unacknowledged.values())
                .build());
        repetition = later(config.timing().repeatInterval().toNanos(), this::repeat);
    }

    private Future<?> later(long nanos, Runnable task) {
        return loop.schedule(
                () -> {
                    if (!over) {
                        task.run();
                    }
                },
                nanos,
                TimeUnit.NANOSECONDS);
    }

    @Override
    public void onMessage(FeedDown down) {
        if (over) {
            return;
        }
        if (down.getRun() == 0 || (run != 0 && down.getRun() != run)) {
            fail("said run " + Long.toHexString(down.getRun()) + "; allowed is "
                    + (run == 0 ? "any but 0" : Long.toHexString(run) + " as before"));
            return;
        }
        run = down.getRun();
        acknowledge(down);
        if (!take(down)) {
            return;
        }
        exhausted |= down.getExhausted();
        if (down.getExhausted() || down.getRequestsCount() > 0) {
            onWork.run();
        }
    }

    private void acknowledge(FeedDown down) {
        down.getAcknowledgedList().forEach(unacknowledged::remove);
        if (repetition != null && unacknowledged.isEmpty()) {
            repetition.cancel(false);
            repetition = null;
            if (hasNews()) {
                requestFlush();
            }
        }
    }

    private boolean take(FeedDown down) {
        for (RequestHandout handout : down.getRequestsList()) {
            FeedRequest request;
            try {
                request = FeedMessages.decode(handout);
            } catch (IllegalArgumentException e) {
                fail("handed out what the contract forbids: " + e.getMessage());
                return false;
            }
            if (!arrivals.offer(request)) {
                fail("handed out more requests than there was room for (at most " + config.maxRequests() + ")");
                return false;
            }
            arrived++;
        }
        return true;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        if (!over) {
            fail("closed the stream with " + text(status));
        }
    }

    private static String text(Status status) {
        String description = status.getDescription();
        Throwable cause = status.getCause();
        return status.getCode()
                + (description == null ? "" : ": " + description)
                + (cause == null ? "" : " (" + cause.getMessage() + ")");
    }

    // After the feed is exhausted it owes nothing any more: it may close the stream.
    private void fail(String what) {
        over = true;
        if (!exhausted) {
            failure = "feed " + config.address() + " " + what;
        }
        call.cancel(what, null);
        onWork.run();
    }
}
