package io.coxswain.worker.launch;

import io.coxswain.types.HostName;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** This machine's workers. Owned by the launcher's thread. */
final class LocalNode implements Node {
    private static final Duration OUTPUT_LIMIT = Duration.ofMillis(100);

    private final String name;
    private final ChildGroup children;
    private final CommandLines commandLines;
    private final CommandLines.Peers peers;
    private final WorkerLogs logs;
    private final String host = HostName.ofThisMachine();

    /** What its workers are made of. */
    record Parts(ChildGroup children, CommandLines commandLines, WorkerLogs logs) {}

    LocalNode(String name, Parts parts, CommandLines.Peers peers) {
        this.name = name;
        this.children = parts.children();
        this.commandLines = parts.commandLines();
        this.logs = parts.logs();
        this.peers = peers;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public void start(ChildGroup.Seat seat) throws IOException {
        String rank = "rank " + seat.place();
        int localRank = commandLines.topology().localRank(seat.place());
        children.startWorker(seat, commandLines.worker(seat, peers), logs.open(seat, localRank, rank));
    }

    /** Writes down how one of its workers has failed; what ended well leaves no trace. */
    void noteEnd(WorkerEnd end) {
        if (end.exitCode() != ExitCodes.OK) {
            logs.noteFailure(end, facts(end, host));
        }
    }

    /** What a report says of a worker's end. */
    static FailureReport.End facts(WorkerEnd end, String host) {
        List<String> lines = end.tail().lines(OUTPUT_LIMIT);
        return new FailureReport.End(
                FailureReport.Role.ofRank(end.place()), host, end.pid(), end.exitCode(), end.cause(), lines);
    }

    @Override
    public void kill(int place) {
        children.killWorker(place);
    }

    @Override
    public void terminateAll() {
        children.terminateWorkers();
    }

    @Override
    public void killAll() {
        children.killWorkers();
    }
}
