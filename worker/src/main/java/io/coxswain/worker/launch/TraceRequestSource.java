package io.coxswain.worker.launch;

import io.coxswain.v1.MembersUpdate;
import io.coxswain.worker.feed.FeedListener;
import io.coxswain.worker.feed.FeedServer;
import io.coxswain.worker.feed.FeedServerConfig;
import io.coxswain.worker.feed.ReplaySpeed;
import io.coxswain.worker.feed.SyntheticTrace;
import io.coxswain.worker.feed.Trace;
import io.coxswain.worker.feed.TraceFile;
import io.coxswain.worker.feed.TracePlayer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The trace player of package feed as the launcher's source of requests. */
record TraceRequestSource(Trace trace, ReplaySpeed speed) implements RequestSource {
    private static final long BUILT_IN_SEED = 0;

    /** Reads the file, or makes the built-in trace. */
    static TraceRequestSource open(LaunchConfig.TraceSelection selection) throws IOException {
        int most = selection.maxRequests() == null ? Integer.MAX_VALUE : selection.maxRequests();
        ReplaySpeed speed =
                selection.speed() == null ? ReplaySpeed.AS_FAST_AS_POSSIBLE : new ReplaySpeed(selection.speed());
        return new TraceRequestSource(read(selection.file(), most), speed);
    }

    private static Trace read(@Nullable Path file, int most) throws IOException {
        if (file == null) {
            return SyntheticTrace.generate(BUILT_IN_SEED, Math.min(most, SyntheticTrace.DEFAULT_REQUESTS));
        }
        try {
            return TraceFile.read(file, most);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException("--trace: there is no file " + file);
        }
    }

    @Override
    public Workload workload() {
        return new Workload(trace.size(), trace.totalPromptTokens(), trace.totalGeneratedTokens());
    }

    @Override
    public Host serve(Topology topology, FeedListener listener) throws IOException {
        InetSocketAddress bind = new InetSocketAddress(topology.reach().bind(), 0);
        if (bind.isUnresolved()) {
            throw new IOException("--bind: '" + topology.reach().bind() + "' is no host known here");
        }
        FeedServer server = FeedServer.start(
                new FeedServerConfig(bind, topology.worldSize()),
                new TracePlayer(trace, speed),
                listener,
                System::nanoTime);
        return new Served(
                server, topology.reach().address() + ":" + server.address().getPort());
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
