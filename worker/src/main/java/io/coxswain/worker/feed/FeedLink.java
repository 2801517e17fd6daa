package io.coxswain.worker.feed;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.FeedUp;
import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RequestHandout;
import io.grpc.ClientCall;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loop's half of a worker's talk with the feed. What the forward thread hands over is sent together, at most once in a
 * message interval.
 *
 * <p>A message with finished requests is followed by no other until the feed has acknowledged them. So what the feed hands
 * out has arrived before the room is said anew, and cannot be handed out twice over. For the same reason a repetition says
 * that there is no room.
 *
 * <p>A stream that breaks is opened again, and the new one's first message says all that is held: the feed takes back what it
 * has handed out beyond that.
 *
 * <p>Owned by the event loop, but for the methods that say otherwise.
 */
final class FeedLink implements FeedStream.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(FeedLink.class);
    // One offer can cross another on the wire, and a smaller one before it.
    private static final int ARRIVALS_PER_ROOM = 4;

    private final FeedClientConfig config;
    private final Supplier<ClientCall<FeedUp, FeedDown>> calls;
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

    private final HeldRequests held = new HeldRequests();
    private @Nullable FeedStream stream;
    private long openedNanos;
    private @Nullable Long brokenNanos;
    private RoomOffer sentOffer = RoomOffer.NONE;
    private long run;
    private long sentNanos;
    private @Nullable Future<?> repetition;
    private boolean withdrewRoom;
    private boolean over;

    /** @param calls makes the call of each new stream */
    FeedLink(
            FeedClientConfig config,
            Supplier<ClientCall<FeedUp, FeedDown>> calls,
            EventLoop loop,
            LongSupplier nanoClock,
            Runnable onWork) {
        this.config = config;
        this.calls = calls;
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
                end("the worker has closed its feed");
            }
        });
    }

    private void end(String why) {
        over = true;
        if (stream != null) {
            stream.cancel(why);
        }
    }

    private void requestFlush() {
        if (!flushDue.get() && flushDue.compareAndSet(false, true)) {
            loop.execute(this::flush);
        }
    }

    void start() {
        if (!over) {
            open();
        }
    }

    private void open() {
        FeedStream opened = new FeedStream(calls.get(), this);
        stream = opened;
        openedNanos = nanoClock.getAsLong();
        opened.start();
        if (opened.isOver()) {
            return;
        }
        FeedUp.Builder hello = newMessage().setPlace(config.place()).setMember(config.member());
        held.sayIn(hello);
        send(opened, hello);
        Duration timeout = config.timing().connectTimeout();
        Future<?> unused = later(timeout.toNanos(), () -> opened.requireAnswer("did not answer within " + timeout));
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
        // While there is no stream, the next one's first message will say it.
        if (stream != null && held.finished().isEmpty() && hasNews()) {
            send(stream, newMessage());
        }
    }

    private boolean hasNews() {
        return withdrewRoom || !finished.isEmpty() || !offer.equals(sentOffer) || unsentProgress.get() != null;
    }

    private FeedUp.Builder newMessage() {
        FeedUp.Builder message = FeedUp.newBuilder().setRun(run);
        sentOffer = offer;
        withdrewRoom = false;
        message.setRoom(sentOffer.openAfter(held.arrived()));
        RankProgress progress = unsentProgress.getAndSet(null);
        if (progress != null) {
            message.setProgress(progress);
        }
        while (held.finished().size() < FeedMessages.MAX_FINISHED && !finished.isEmpty()) {
            held.finished(finished.remove());
        }
        return message.addAllFinished(held.finished());
    }

    private void send(FeedStream to, FeedUp.Builder message) {
        to.send(message.build());
        sentNanos = nanoClock.getAsLong();
        if (!held.finished().isEmpty()) {
            repeatLater(to);
        }
    }

    private void repeatLater(FeedStream to) {
        repetition = later(config.timing().repeatInterval().toNanos(), () -> repeat(to));
    }

    private void repeat(FeedStream to) {
        Duration timeout = config.timing().answerTimeout();
        if (nanoClock.getAsLong() - sentNanos >= timeout.toNanos()) {
            fail("has not acknowledged " + held.finished().size() + " finished requests within " + timeout);
            return;
        }
        withdrewRoom = true;
        to.send(FeedUp.newBuilder().setRun(run).addAllFinished(held.finished()).build());
        repeatLater(to);
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
        if (down.getRun() == 0 || (run != 0 && down.getRun() != run)) {
            fail("said run " + Long.toHexString(down.getRun()) + "; allowed is "
                    + (run == 0 ? "any but 0" : Long.toHexString(run) + " as before"));
            return;
        }
        run = down.getRun();
        acknowledge(down);
        if (held.finished().isEmpty()) {
            brokenNanos = null;
        }
        if (!take(down)) {
            return;
        }
        exhausted |= down.getExhausted();
        if (down.getExhausted() || down.getRequestsCount() > 0) {
            onWork.run();
        }
    }

    private void acknowledge(FeedDown down) {
        held.acknowledged(down.getAcknowledgedList());
        if (repetition != null && held.finished().isEmpty()) {
            stopRepeating();
            if (hasNews()) {
                requestFlush();
            }
        }
    }

    private void stopRepeating() {
        if (repetition != null) {
            repetition.cancel(false);
            repetition = null;
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
            held.arrived(request);
        }
        return true;
    }

    /** One that never answered is more likely the wrong address than a broken stream: that is said at once. */
    @Override
    public void onEnd(FeedStream.End end, String how) {
        stream = null;
        stopRepeating();
        if (exhausted || run == 0) {
            fail(how);
            return;
        }
        switch (end) {
            case FINAL -> fail(how);
            case BROKEN -> reopen(how);
        }
    }

    /** Gives up when the talk has stood still for too long; else there is a try in each repeat interval. */
    private void reopen(String how) {
        long nowNanos = nanoClock.getAsLong();
        Duration timeout = config.timing().answerTimeout();
        if (brokenNanos == null) {
            brokenNanos = nowNanos;
            LOG.info("feed {} {}; opening another", config.address(), how);
        } else if (nowNanos - brokenNanos >= timeout.toNanos()) {
            fail(how + ", and no other stream went on within " + timeout);
            return;
        }
        long pauseNanos = config.timing().repeatInterval().toNanos() - (nowNanos - openedNanos);
        Future<?> unused = later(Math.max(0, pauseNanos), this::open);
    }

    // After the feed is exhausted it owes nothing any more: it may close the stream.
    private void fail(String what) {
        if (!exhausted) {
            failure = "feed " + config.address() + " " + what;
        }
        end(what);
        onWork.run();
    }
}
