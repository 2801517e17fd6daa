package io.coxswain.worker.bench;

import io.coxswain.v1.Hello;
import io.coxswain.worker.net.Transports;
import io.coxswain.worker.step.Admission;
import io.coxswain.worker.step.AgreedStep;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.MemberStanding;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.SessionConfig;
import io.coxswain.worker.step.SessionPorts;
import io.coxswain.worker.step.StepClient;
import io.coxswain.worker.step.StepFacts;
import io.coxswain.worker.step.StepSeat;
import io.coxswain.worker.step.StepStream;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One rank's way through a job without a model: joins, agrees on a number of steps as fast as it can, and stops.
 *
 * <p>Owned by the thread that runs it, which is the rank's forward thread.
 */
final class AgreementRun {
    private static final Duration JOIN_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(30);
    private static final byte[] COMMUNICATOR_ID = {1};
    private static final List<Long> NOT_FINISHED = List.of(0L);
    private static final List<Long> FINISHED = List.of(1L);

    private final SessionConfig config;
    private final long steps;
    private final PhaseLatencies latencies;
    private final MemberStanding standing = new MemberStanding();
    private final PhaseBoard phases = new PhaseBoard();
    private final EpochGuard guard = new EpochGuard();

    /**
     * @param steps to agree on, before the one that stops the job
     * @param latencies gets each step's time, from the report to the decision
     */
    AgreementRun(SessionConfig config, long steps, PhaseLatencies latencies) {
        this.config = config;
        this.steps = steps;
        this.latencies = latencies;
    }

    /** Joins, agrees, stops; returns the rank that this process had. */
    int run() throws InterruptedException {
        EventLoopGroup group = Transports.best().newSingleThreadGroup("control");
        SessionPorts ports = new SessionPorts(guard, phases, standing, System::nanoTime);
        try (CoordinatorSession session = CoordinatorSession.connect(config, group, ports)) {
            Admission admission = session.awaitWelcome(JOIN_TIMEOUT);
            try (StepClient client = StepClient.connect(admission.stepTarget(), standing, phases)) {
                guard.protect(client);
                GroupMembership membership = prepare(session);
                agreeOnAll(client, admission, membership);
                session.awaitJobEnd(END_TIMEOUT);
                return membership.rank();
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
        }
    }

    /** There are no collectives, but the epoch begins as every epoch does. */
    private static GroupMembership prepare(CoordinatorSession session) throws InterruptedException {
        GroupMembership membership = session.awaitMembership(JOIN_TIMEOUT);
        if (membership.rank() == 0) {
            session.publishCommunicatorId(membership, COMMUNICATOR_ID);
        }
        session.awaitCommunicatorId(membership, JOIN_TIMEOUT);
        session.prepared(membership);
        session.awaitStart(membership, JOIN_TIMEOUT);
        return membership;
    }

    private void agreeOnAll(StepClient client, Admission admission, GroupMembership membership) {
        Hello hello = config.hello();
        StepSeat seat = new StepSeat(
                hello.getJob(), hello.getMember(), admission.place(), membership.epoch(), membership.worldSize());
        try (StepStream stream = client.open(seat)) {
            for (long step = 0; step < steps; step++) {
                agreeOnOne(stream, step, membership.rank());
            }
            AgreedStep last = stream.agree(StepFacts.nothingToRun(FINISHED), STEP_TIMEOUT);
            if (last.action() != AgreedStep.Action.STOP) {
                throw new IllegalStateException("all ranks have finished, and the decision is " + last);
            }
        }
    }

    private void agreeOnOne(StepStream stream, long step, int rank) {
        StepFacts facts = decodeBatch(step, rank);
        long startNanos = System.nanoTime();
        AgreedStep agreed = stream.agree(facts, STEP_TIMEOUT);
        latencies.record(step, System.nanoTime() - startNanos);
        phases.launched();
        if (agreed.action() != AgreedStep.Action.RUN || agreed.numTokens(rank) < facts.numTokens()) {
            throw new IllegalStateException(
                    "rank " + rank + " reported " + facts.numTokens() + " tokens, and the decision is " + agreed);
        }
        phases.done();
    }

    /** One token for each request; how many differs by step and by rank. */
    private static StepFacts decodeBatch(long step, int rank) {
        int requests = (int) (1 + (step * 7 + rank * 13L) % 200);
        return new StepFacts(requests, requests, 1, false, false, 0, NOT_FINISHED);
    }
}
