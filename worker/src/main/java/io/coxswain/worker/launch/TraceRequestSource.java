package io.coxswain.worker.launch;

import io.coxswain.v1.MembersUpdate;
import io.coxswain.worker.feed.FeedListener;
import io.coxswain.worker.feed.FeedServer;
import io.coxswain.worker.feed.FeedServerConfig;
import io.coxswain.worker.feed.ReplaySpeed;
import io.coxswain.worker.feed.Trace;
import io.coxswain.worker.feed.TracePlayer;
import io.coxswain.worker.report.Executed;
import io.coxswain.worker.report.Workload;
import java.io.IOException;
import java.net.InetSocketAddress;

/** The trace player of package feed as the launcher's source of requests. */
record TraceRequestSource(Trace trace, ReplaySpeed speed) implements RequestSource {
    /** Reads the file, or makes the built-in trace. */
    static TraceRequestSource open(LaunchConfig.TraceSelection selection) throws IOException {
        int most = selection.maxRequests() == null ? Integer.MAX_VALUE : selection.maxRequests();
        ReplaySpeed speed =
                selection.speed() == null ? ReplaySpeed.AS_FAST_AS_POSSIBLE : new ReplaySpeed(selection.speed());
        return new TraceRequestSource(Trace.readOrBuiltIn(selection.file(), most), speed);
    }

    @Override
    public Workload workload() {
        return new Workload(trace.size(), trace.totalPromptTokens(), trace.totalGeneratedTokens());
    }

    @Override
    public Host serve(LaunchConfig config, FeedListener listener) throws IOException {
        InetSocketAddress bind = new InetSocketAddress(config.addresses().bind(), 0);
        if (bind.isUnresolved()) {
            throw new IOException("--bind: '" + config.addresses().bind() + "' is no host known here");
        }
        FeedServer server = FeedServer.start(
                new FeedServerConfig(bind, config.nprocPerNode()),
                new TracePlayer(trace, speed),
                listener,
                System::nanoTime);
        String advertised = config.addresses().advertise();
        String host = advertised == null ? config.addresses().bind() : advertised;
        return new Served(server, host + ":" + server.address().getPort());
    }

    private record Served(FeedServer server, String address) implements Host {
        @Override
        public void membersChanged(MembersUpdate update) {
            server.membersChanged(update);
        }

        @Override
        public Executed executed() {
            TracePlayer.Totals totals = server.totals();
            return new Executed(totals.requests(), totals.promptTokens(), totals.generatedTokens(), totals.takenBack());
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
