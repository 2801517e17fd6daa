package io.coxswain.worker.launch;

import io.coxswain.v1.NodeHello;
import io.coxswain.v1.WorkerEnded;
import io.coxswain.worker.launch.rendezvous.Applicant;
import java.util.List;
import java.util.OptionalInt;

/** What nodes say to each other, to and from the launcher's own values. Pure. */
final class NodeMessages {
    private NodeMessages() {}

    static NodeHello hello(Applicant self) {
        NodeHello.Builder hello = NodeHello.newBuilder()
                .setRunId(self.runId())
                .setHost(self.location().host())
                .setAddress(self.location().address())
                .setPid((int) self.location().pid())
                .setLocalWorkers(self.localWorkers())
                .putAllSettings(self.settings());
        self.wish().ifPresent(hello::setNodeRank);
        return hello.build();
    }

    static Applicant applicant(NodeHello hello) {
        return new Applicant(
                hello.getRunId(),
                hello.hasNodeRank() ? OptionalInt.of(hello.getNodeRank()) : OptionalInt.empty(),
                new Applicant.Location(hello.getHost(), hello.getAddress(), Integer.toUnsignedLong(hello.getPid())),
                hello.getLocalWorkers(),
                hello.getSettingsMap());
    }

    static WorkerEnded ended(WorkerEnd end, List<String> lastLines) {
        return WorkerEnded.newBuilder()
                .setPlace(end.place())
                .setAttempt(end.seat().attempt())
                .setPid((int) end.pid())
                .setExitCode(end.exitCode())
                .setByLauncher(end.cause() == ChildProcess.Cause.LAUNCHER)
                .addAllLastLines(lastLines)
                .build();
    }

    static WorkerEnd end(WorkerEnded ended) {
        List<String> lines = List.copyOf(ended.getLastLinesList());
        return new WorkerEnd(
                new ChildGroup.Seat(ended.getPlace(), ended.getAttempt()),
                Integer.toUnsignedLong(ended.getPid()),
                ended.getExitCode(),
                ended.getByLauncher() ? ChildProcess.Cause.LAUNCHER : ChildProcess.Cause.ITSELF,
                limit -> lines);
    }
}
