package io.coxswain.coordinator.rehearsal;

import io.coxswain.coordinator.core.Effect;
import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.engine.Engine;
import io.coxswain.coordinator.engine.EngineListener;
import io.coxswain.coordinator.grpc.CoordinatorServer;
import io.coxswain.coordinator.observe.DeadSockets;
import io.coxswain.coordinator.observe.JobEntry;
import io.coxswain.coordinator.observe.JobRegistry;
import io.coxswain.v1.JobSettings;
import io.coxswain.v1.VoteDefinition;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Has a coordinator of its own taken over by itself, some times, with members that agree on some steps each time: the services are
 * a coordinator's, over loopback and a Unix socket as workers use them, and its job is listed in a directory of its own. What a
 * takeover runs is loaded and compiled by then, which a standby that has never led would otherwise do while a job waits for it.
 * Touches no job. {@link #play} is called once, by one thread.
 */
public final class TakeoverRehearsal implements AutoCloseable {

    static final String JOB = "rehearsal";

    private static final String LOOPBACK = "127.0.0.1";
    private static final int RANKS = 2;
    /** With the launcher. */
    private static final int PLAYERS = RANKS + 1;

    private final Plan plan;
    private final Path directory;
    private final CoordinatorServer server;
    private final JobRegistry registry;
    private final Semaphore done = new Semaphore(0);
    private final Semaphore left = new Semaphore(0);
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private long deadlineNanos;

    /**
     * How much is played.
     *
     * @param takeovers 1 and above
     * @param steps that are agreed on after each
     * @param limit longer than which no takeover may take, and after which none begins
     */
    public record Plan(int takeovers, int steps, Duration limit) {

        /** Refuses a plan of nothing. */
        public Plan {
            if (takeovers < 1 || steps < 1 || limit.isNegative() || limit.isZero()) {
                throw new IllegalArgumentException(takeovers + " takeovers of " + steps + " steps within " + limit
                        + "; allowed are 1 and above, and a time");
            }
        }
    }

    private TakeoverRehearsal(Plan plan, Path directory) {
        this.plan = plan;
        this.directory = directory;
        this.registry = new JobRegistry(directory);
        this.server = new CoordinatorServer(
                new CoordinatorServer.Address(LOOPBACK, 0, LOOPBACK, directory.resolve("steps.sock")));
    }

    /**
     * Plays, and rests as long after each takeover as it took; blocks.
     *
     * @param jobs directory of this machine's jobs, in which the rehearsal has one of its own
     * @param isNeeded asked before each takeover, on the calling thread: whether the play ends, since a job needs this process
     * @throws IOException if no socket can be had, or something went another way than in any takeover
     * @throws TimeoutException if a takeover takes longer than planned
     */
    public static void play(Plan plan, Path jobs, GroupConfig.Timeouts timeouts, BooleanSupplier isNeeded)
            throws IOException, InterruptedException, TimeoutException {
        try (var rehearsal = new TakeoverRehearsal(plan, DeadSockets.newRehearsal(jobs))) {
            rehearsal.run(timeouts, isNeeded);
        }
    }

    private void run(GroupConfig.Timeouts timeouts, BooleanSupplier isNeeded)
            throws IOException, InterruptedException, TimeoutException {
        long endNanos = System.nanoTime() + plan.limit().toNanos();
        var config = new GroupConfig(JOB, RANKS, timeouts, GroupConfig.Resilience.failing(RANKS));
        try (var lines = new RehearsalLines(server.bind(config))) {
            var stage = new Counting();
            var wiring = new RehearsingMember.Wiring(lines, RANKS, stage);
            List<RehearsingMember> members = IntStream.range(0, RANKS)
                    .mapToObj(place -> new RehearsingMember(place, wiring))
                    .toList();
            var audience = new Audience(members, new RehearsingLauncher(lines, stage));
            HealthGrpc.newStub(lines.control()).watch(HealthCheckRequest.getDefaultInstance(), audience);
            for (int term = 1; term <= plan.takeovers() && endNanos - System.nanoTime() > 0; term++) {
                if (isNeeded.getAsBoolean()) {
                    return;
                }
                long beginNanos = System.nanoTime();
                reign(new Engine.Reign(config, new TermId(term, term), JobMemory.NONE));
                // The steps of a job may have no other processors than those that this takes.
                TimeUnit.NANOSECONDS.sleep(System.nanoTime() - beginNanos);
            }
        }
    }

    private void reign(Engine.Reign reign) throws IOException, InterruptedException, TimeoutException {
        deadlineNanos = System.nanoTime() + plan.limit().toNanos();
        list(reign.term());
        server.loop().execute(() -> server.office().lead(reign, new Listener()));
        await(done, "the steps of term " + reign.term().number());
        server.loop().execute(() -> server.office().standBy("the rehearsal goes on"));
        await(left, "the end of term " + reign.term().number());
    }

    /** As a leader enters its job among those of the machine. */
    private void list(TermId term) throws IOException {
        var self = new JobEntry.Replica(ProcessHandle.current().pid(), LOOPBACK + ":1");
        registry.register(new JobEntry(JOB, LOOPBACK, self.pid(), self.address(), term.number(), List.of(self)));
    }

    private void await(Semaphore all, String what) throws IOException, InterruptedException, TimeoutException {
        boolean came = all.tryAcquire(PLAYERS, deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        String failed = failure.get();
        if (failed != null) {
            throw new IOException(failed);
        }
        if (!came) {
            throw new TimeoutException(what + " did not come within " + plan.limit());
        }
    }

    /** What the members of the rehearsed job have in common. */
    static JobSettings settings(int ranks) {
        return JobSettings.newBuilder()
                .setWorldSize(ranks)
                .addCaptureSizes(8)
                .addCaptureSizes(16)
                .setGraphMode(JobSettings.GraphSetting.GRAPH_SETTING_FULL_AND_PIECEWISE)
                .setMaxRequests(16)
                .setDecodeQueryLength(1)
                .setMicrobatches(1)
                .setDecodeThreshold(32)
                .setPrefillThreshold(512)
                .setMaxTokensPerStep(64)
                .addVotes(
                        VoteDefinition.newBuilder().setName("finished").setReducer(VoteDefinition.Reducer.REDUCER_ALL))
                .build();
    }

    @Override
    public void close() throws IOException {
        server.close();
        DeadSockets.removeRehearsal(directory);
    }

    private void failed(String what) {
        failure.compareAndSet(null, what);
        done.release(PLAYERS);
        left.release(PLAYERS);
    }

    /** Has the members and the launcher come when a coordinator serves. On the channel's event loop. */
    private final class Audience implements StreamObserver<HealthCheckResponse> {

        private final List<RehearsingMember> members;
        private final RehearsingLauncher launcher;

        Audience(List<RehearsingMember> members, RehearsingLauncher launcher) {
            this.members = members;
            this.launcher = launcher;
        }

        @Override
        public void onNext(HealthCheckResponse health) {
            if (health.getStatus() == ServingStatus.SERVING) {
                launcher.follow();
                members.forEach(member -> member.attach(plan.steps()));
            }
        }

        @Override
        public void onError(Throwable cause) {
            failed("nobody says any more who serves: " + cause.getMessage());
        }

        @Override
        public void onCompleted() {
            failed("nobody says any more who serves");
        }
    }

    /** Counts those who are where they should be. */
    private final class Counting implements Stage {

        @Override
        public void onDone() {
            done.release();
        }

        @Override
        public void onLeft() {
            left.release();
        }

        @Override
        public void onFailure(String what) {
            failed(what);
        }
    }

    /** Of a group that nobody has to be told of. */
    private final class Listener implements EngineListener {

        @Override
        public void onTransition(Effect.Transitioned transition) {
            if (transition.to().isEnd()) {
                failed(transition.reason());
            }
        }

        @Override
        public void onDefect(RuntimeException defect) {
            failed("the coordinator broke one of its own rules: " + defect);
        }
    }
}
