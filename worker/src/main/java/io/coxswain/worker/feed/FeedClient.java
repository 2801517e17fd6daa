package io.coxswain.worker.feed;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.FeedServiceGrpc;
import io.coxswain.v1.FeedUp;
import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RankSummary;
import io.coxswain.worker.net.Transports;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A worker's stream to the feed, over gRPC; a broken one is opened again. The stream lives on an event loop; the methods here are the forward thread's,
 * and {@link #close} may be called by any thread.
 */
public final class FeedClient implements RequestFeed, AutoCloseable {
    // The stream is silent while there is nothing to do, so a feed whose host is gone would not be missed without it.
    private static final long KEEPALIVE_SECONDS = 20;
    private static final long KEEPALIVE_TIMEOUT_SECONDS = 10;

    private final ManagedChannel channel;
    private final FeedLink link;
    private final int maxRequests;
    private final long progressIntervalNanos;
    private long taken;
    private RoomOffer offer = RoomOffer.NONE;
    private boolean saidProgress;
    private long saidProgressNanos;

    private FeedClient(FeedClientConfig config, ManagedChannel channel, FeedLink link) {
        this.channel = channel;
        this.link = link;
        this.maxRequests = config.maxRequests();
        this.progressIntervalNanos = config.timing().progressInterval().toNanos();
    }

    /**
     * Starts to connect; does not block. When the feed is not reached, the methods of the port say so.
     *
     * @param group one of whose event loops the stream lives on; the caller shuts it down afterwards
     * @param nanoClock the monotonic clock
     * @param onWork called on the event loop when requests have arrived, the feed is exhausted or lost; must not block
     */
    public static FeedClient connect(
            FeedClientConfig config, EventLoopGroup group, LongSupplier nanoClock, Runnable onWork) {
        EventLoop loop = group.next();
        int connectMillis = (int) config.timing().connectTimeout().plusMillis(1).toMillis();
        ManagedChannel channel = NettyChannelBuilder.forAddress(config.address())
                .eventLoopGroup(loop)
                .channelType(Transports.of(loop).socketChannelType())
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .directExecutor()
                .usePlaintext()
                .disableRetry()
                .build();
        FeedLink link = new FeedLink(config, () -> newCall(channel), loop, nanoClock, onWork);
        loop.execute(link::start);
        return new FeedClient(config, channel, link);
    }

    /** The pauses between two tries are the link's, and need none of the channel's own. */
    private static ClientCall<FeedUp, FeedDown> newCall(ManagedChannel channel) {
        channel.resetConnectBackoff();
        return channel.newCall(FeedServiceGrpc.getPullMethod(), CallOptions.DEFAULT);
    }

    @Override
    public @Nullable FeedRequest poll() {
        FeedRequest request = link.arrivals().poll();
        if (request == null) {
            requireAlive();
        } else {
            taken++;
        }
        return request;
    }

    @Override
    public void room(int requests) {
        if (requests < 0 || requests > maxRequests) {
            throw new IllegalArgumentException("room is " + requests + "; allowed are 0 to " + maxRequests);
        }
        int open = offer.openAfter(taken);
        // A feed that has not used up half of what it was told gains nothing by hearing of a little more.
        if (requests > open && requests / 2 >= open) {
            offer = new RoomOffer(requests, taken);
            link.offer(offer);
        }
    }

    @Override
    public void finished(ExecutedRequest request) {
        link.finished(request);
    }

    @Override
    public void progress(long steps, long realTokens, long paddedTokens, long nowNanos) {
        if (saidProgress && nowNanos - saidProgressNanos < progressIntervalNanos) {
            return;
        }
        saidProgress = true;
        saidProgressNanos = nowNanos;
        link.progress(RankProgress.newBuilder()
                .setSteps(steps)
                .setRealTokens(realTokens)
                .setPaddedTokens(paddedTokens)
                .build());
    }

    @Override
    public boolean isExhausted() {
        if (link.isExhausted()) {
            return true;
        }
        requireAlive();
        return false;
    }

    private void requireAlive() {
        String failure = link.failure();
        if (failure != null) {
            throw new FeedLostException(failure);
        }
    }

    /**
     * Hands the feed what this rank executed. Blocks until the feed has it; not for the event loop.
     *
     * @throws FeedLostException when the feed does not take it within the timeout
     */
    public void submitSummary(RankSummary summary, Duration timeout) {
        try {
            FeedServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
                    .submitSummary(summary);
        } catch (StatusRuntimeException e) {
            throw new FeedLostException(
                    "the feed did not take the summary of place " + summary.getPlace() + ": " + e.getMessage());
        }
    }

    /** Ends the stream; does not block. */
    @Override
    public void close() {
        link.close();
        channel.shutdown();
    }
}
