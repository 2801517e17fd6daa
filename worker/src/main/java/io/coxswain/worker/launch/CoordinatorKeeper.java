package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.types.ReservedPort;
import io.coxswain.worker.launch.CommandLines.CoordinatorSeat;
import io.coxswain.worker.net.ReplicaAddresses;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Starts the job's coordinators, and starts a replica again that has died: the job goes on meanwhile, as another one leads. A
 * coordinator without replicas is not started again, since nobody would know what it knew. Owned by the launcher's thread.
 */
final class CoordinatorKeeper implements AutoCloseable {
    /** So long without the word of a leader, and the job fails. Hazelcast needs up to 15 s to drop a replica that froze. */
    static final Duration LEADERLESS_LIMIT = Duration.ofSeconds(60);

    /** Longer than a launcher needs to hear that the job has ended. */
    private static final Duration AFTER_A_GOOD_END = Duration.ofSeconds(3);

    /** A starting JVM takes the processors that the next leader and the ranks need just now. */
    private static final Duration TAKEOVER = Duration.ofSeconds(2);

    private static final int MOST_RESTARTS_IN_A_ROW = 10;
    /** A replica that has run for so long has not failed to start. */
    private static final Duration SOUND_AFTER = Duration.ofSeconds(10);

    private final Parts parts;
    private final RestartPauses pauses;
    private final List<Replica> replicas = new ArrayList<>();

    /** What it shares with its launcher. */
    record Parts(EventLoop loop, Terminal terminal, ChildGroup children, JobState state, CommandLines commandLines) {}

    /** One of them. */
    private static final class Replica {
        private final int number;
        private final String name;
        private @Nullable String address;
        private long startedNanos;
        private int restartsInARow;

        Replica(int number, String name) {
            this.number = number;
            this.name = name;
        }

        /** The port that the workers know: the next process of this replica has to serve there as well. */
        int port() {
            return address == null
                    ? 0
                    : ReplicaAddresses.parse(address).replicas().get(0).getPort();
        }
    }

    /** Where the replicas meet, by number. */
    private final List<ReservedPort> meetingPorts = new ArrayList<>();

    CoordinatorKeeper(int count, Parts parts, RestartPauses pauses) {
        this.parts = parts;
        this.pauses = pauses;
        for (int number = 0; number < count; number++) {
            replicas.add(new Replica(number, count == 1 ? "coordinator" : "coordinator " + number));
        }
    }

    void startAll() throws IOException {
        if (!isSingle()) {
            reserveMeetingPorts();
        }
        for (Replica replica : replicas) {
            start(replica);
        }
    }

    private boolean isSingle() {
        return replicas.size() == 1;
    }

    /** All are on this machine, so that they meet on its loopback whatever the job is bound to. */
    private void reserveMeetingPorts() throws IOException {
        while (meetingPorts.size() < replicas.size()) {
            meetingPorts.add(ReservedPort.onLoopback());
        }
    }

    private void start(Replica replica) throws IOException {
        replica.startedNanos = parts.loop().nanoTime();
        List<String> meetingAddresses =
                meetingPorts.stream().map(ReservedPort::address).toList();
        var seat = new CoordinatorSeat(meetingAddresses, replica.number, replica.port());
        parts.children()
                .startCoordinator(
                        replica.number, replica.name, parts.commandLines().coordinator(seat));
    }

    /** As the failure report names it. */
    FailureReport.Role role(int number) {
        return FailureReport.Role.ofCoordinator((isSingle() ? "the " : "") + replicas.get(number).name);
    }

    void onAddress(int number, String address) {
        replicas.get(number).address = address;
    }

    boolean allServe() {
        return replicas.stream().allMatch(replica -> replica.address != null);
    }

    /** HOST:PORT of each, with commas between them; once all serve. */
    String addresses() {
        return replicas.stream().map(replica -> String.valueOf(replica.address)).collect(Collectors.joining(","));
    }

    /** A coordinator has ended that the job still needs. */
    void onEnd(int number, int exitCode) {
        Replica replica = replicas.get(number);
        String what = (isSingle() ? "the " : "") + replica.name + " ended: " + ExitCodes.describe(exitCode);
        if (isSingle() || replica.address == null) {
            parts.state().fail(what, Suspect.Other.COORDINATOR);
            return;
        }
        if (exitCode == ExitCodes.OK) {
            // The job has ended, or it was told to: which of the two, the launcher hears soon.
            startLater(replica, AFTER_A_GOOD_END);
            return;
        }
        parts.terminal().news("coxswain: " + what);
        boolean sound = parts.loop().nanoTime() - replica.startedNanos >= SOUND_AFTER.toNanos();
        replica.restartsInARow = sound ? 0 : replica.restartsInARow;
        if (replica.restartsInARow < MOST_RESTARTS_IN_A_ROW) {
            startLater(replica, TAKEOVER.plus(pauses.after(replica.restartsInARow++)));
        } else {
            giveUp(replica);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it posts an event, which the loop runs
    private void startLater(Replica replica, Duration pause) {
        CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> parts.loop().post(() -> startAgain(replica)));
    }

    private void startAgain(Replica replica) {
        if (parts.state().isStopped() || parts.state().isOver()) {
            return;
        }
        parts.terminal().news("coxswain: " + replica.name + " is started again");
        try {
            start(replica);
        } catch (IOException e) {
            parts.state().fail(replica.name + " cannot be started: " + e.getMessage(), Suspect.Other.COORDINATOR);
        }
    }

    private void giveUp(Replica replica) {
        parts.terminal()
                .news("coxswain: " + replica.name + " is not restarted: it ended " + (MOST_RESTARTS_IN_A_ROW + 1)
                        + " times in a row within " + DurationText.format(SOUND_AFTER) + " of its start");
        if (!parts.children().anyCoordinatorRuns()) {
            parts.state().fail("no coordinator is left", Suspect.Other.COORDINATOR);
        }
    }

    /** Fails the job when no replica has led for too long. */
    void tick(long nowNanos) {
        if (!isSingle() && parts.state().isUnheardLongerThan(LEADERLESS_LIMIT, nowNanos)) {
            parts.state()
                    .fail(
                            "no coordinator has led for " + DurationText.format(LEADERLESS_LIMIT),
                            Suspect.Other.COORDINATOR);
        }
    }

    /** Gives the ports back; for when no coordinator is left. */
    @Override
    public void close() throws IOException {
        for (ReservedPort port : meetingPorts) {
            port.close();
        }
    }
}
