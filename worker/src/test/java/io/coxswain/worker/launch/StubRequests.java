package io.coxswain.worker.launch;

import io.coxswain.v1.FeedServiceGrpc;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.SubmitSummaryResponse;
import io.coxswain.worker.feed.FeedListener;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A feed that hands nothing out and takes the ranks' summaries. */
record StubRequests(Workload workload) implements RequestSource {

    @Override
    public Host serve(LaunchConfig config, FeedListener listener) throws IOException {
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new Service(listener))
                .build()
                .start();
        return new Host() {
            @Override
            public String address() {
                return "127.0.0.1:" + server.getPort();
            }

            @Override
            public void close() {
                server.shutdownNow();
            }
        };
    }

    private static final class Service extends FeedServiceGrpc.FeedServiceImplBase {
        private final FeedListener listener;

        Service(FeedListener listener) {
            this.listener = listener;
        }

        @Override
        public void submitSummary(RankSummary summary, StreamObserver<SubmitSummaryResponse> answer) {
            listener.onSummary(summary);
            answer.onNext(SubmitSummaryResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }
}
