package io.coxswain.worker.launch;

import io.coxswain.v1.FeedServiceGrpc;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.SubmitSummaryResponse;
import io.coxswain.worker.feed.FeedListener;
import io.coxswain.worker.report.Executed;
import io.coxswain.worker.report.Summaries;
import io.coxswain.worker.report.Workload;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A feed that hands nothing out and takes the ranks' summaries. */
record StubRequests(Workload workload) implements RequestSource {

    @Override
    public Host serve(LaunchConfig config, FeedListener listener) throws IOException {
        Service service = new Service(listener);
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(service)
                .build()
                .start();
        return new Host() {
            @Override
            public void membersChanged(MembersUpdate update) {
                // It hands nothing out.
            }

            @Override
            public Executed executed() {
                return service.executed();
            }

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
        private final List<RankSummary> summaries = new CopyOnWriteArrayList<>();

        Service(FeedListener listener) {
            this.listener = listener;
        }

        Executed executed() {
            return Summaries.executed(summaries);
        }

        @Override
        public void submitSummary(RankSummary summary, StreamObserver<SubmitSummaryResponse> answer) {
            summaries.add(summary);
            listener.onSummary(summary);
            answer.onNext(SubmitSummaryResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }
}
