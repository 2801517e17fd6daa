package io.coxswain.worker.step;

import static io.coxswain.worker.step.Scripts.MEMBER;
import static io.coxswain.worker.step.Scripts.PATIENCE;
import static io.coxswain.worker.step.Scripts.TERM;

import io.coxswain.v1.Abort;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.CoordinatorHeartbeat;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobEnded;
import io.coxswain.v1.Member;
import io.coxswain.v1.Membership;
import io.coxswain.v1.RankInfo;
import io.coxswain.v1.Refused;
import io.coxswain.v1.Start;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.Term;
import io.coxswain.v1.Welcome;
import io.coxswain.worker.net.ReplicaAddresses;
import io.coxswain.worker.net.Transports;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A session of the test's thread, what it told its listener, and what coordinators say to it. */
final class ControlWorld implements AutoCloseable, SessionListener {
    /** What the coordinator counts this member as. */
    static final int ATTEMPT = 7;

    private final EventLoopGroup group = Transports.best().newSingleThreadGroup("control");
    private final PhaseBoard phases = new PhaseBoard();
    private final MemberStanding standing = new MemberStanding();
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    private final BlockingQueue<Admission> reattachments = new LinkedBlockingQueue<>();
    private final CoordinatorSession session;

    private ControlWorld(ReplicaAddresses coordinators, Duration reattachTimeout) {
        Hello hello = Hello.newBuilder()
                .setJob("job")
                .setMember(MEMBER)
                .setAttemptSource(Hello.AttemptSource.ATTEMPT_SOURCE_WANTED)
                .build();
        SessionPorts ports = new SessionPorts(this, phases, standing, System::nanoTime);
        session = CoordinatorSession.connect(new SessionConfig(coordinators, hello, reattachTimeout), group, ports);
    }

    static ControlWorld connectTo(int port) {
        return connectTo(ReplicaAddresses.of("127.0.0.1", port));
    }

    /** One that soon gives up looking for a coordinator that it has lost. */
    static ControlWorld connectTo(int port, Duration reattachTimeout) {
        return new ControlWorld(ReplicaAddresses.of("127.0.0.1", port), reattachTimeout);
    }

    static ControlWorld connectTo(ReplicaAddresses coordinators) {
        return new ControlWorld(coordinators, PATIENCE);
    }

    CoordinatorSession session() {
        return session;
    }

    PhaseBoard phases() {
        return phases;
    }

    Acceptance.State acceptance() {
        return standing.acceptance().state();
    }

    /** Has the member accept a decision, as its forward thread would. */
    void accepts(StepDecision.Builder decision) {
        standing.acceptance().enter(decision.getEpoch().getNumber());
        if (!standing.acceptance().accept(decision.build(), 0)) {
            throw new AssertionError("the member accepts nothing now");
        }
    }

    /** What the listener heard next. */
    Object nextHeard() throws InterruptedException {
        Object next = heard.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("the listener heard nothing");
        }
        return next;
    }

    /** Where the coordinator serves steps that the member came back to next. */
    Admission nextReattachment() throws InterruptedException {
        Admission next = reattachments.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("the member did not come back");
        }
        return next;
    }

    @Override
    public void onReattached(Admission admission) {
        reattachments.add(admission);
    }

    @Override
    public void onAbort(EpochAbort abort) {
        heard.add(abort);
    }

    @Override
    public void onPlanned(GroupMembership planned) {
        heard.add(planned);
    }

    @Override
    public void onPlannedAbort(EpochAbort abort) {
        heard.add(abort);
    }

    @Override
    public void onJobEnded(JobEnd end) {
        heard.add(end);
    }

    @Override
    public void onCoordinatorLost(String reason) {
        heard.add(reason);
    }

    @Override
    public void close() {
        session.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    static ControlDown welcome(long intervalMillis, long timeoutMillis) {
        return welcome(TERM, intervalMillis, timeoutMillis);
    }

    static ControlDown welcome(Term term, long intervalMillis, long timeoutMillis) {
        Welcome welcome = Welcome.newBuilder()
                .setTerm(term)
                .setPlace(1)
                .setAttempt(ATTEMPT)
                .setHeartbeatIntervalNanos(TimeUnit.MILLISECONDS.toNanos(intervalMillis))
                .setHeartbeatTimeoutNanos(TimeUnit.MILLISECONDS.toNanos(timeoutMillis))
                .build();
        return ControlDown.newBuilder().setWelcome(welcome).build();
    }

    static ControlDown refused(Refused.Kind kind, String reason) {
        return ControlDown.newBuilder()
                .setRefused(Refused.newBuilder().setKind(kind).setReason(reason))
                .build();
    }

    static ControlDown heartbeatOfTerm(long number) {
        return ControlDown.newBuilder()
                .setHeartbeat(CoordinatorHeartbeat.newBuilder()
                        .setTerm(TERM.toBuilder().setNumber(number)))
                .build();
    }

    /** A membership in which this member is rank 1 of 2. */
    static ControlDown membership(long number) {
        return membership(number, MEMBER);
    }

    static ControlDown membership(long number, Member rankOne) {
        Membership membership = Membership.newBuilder()
                .setTerm(TERM)
                .setEpoch(epoch(number))
                .addRanks(RankInfo.newBuilder()
                        .setPlace(0)
                        .setMember(Member.newBuilder().setId(41)))
                .addRanks(RankInfo.newBuilder().setPlace(1).setMember(rankOne))
                .setPrepareTimeoutNanos(TimeUnit.SECONDS.toNanos(60))
                .build();
        return ControlDown.newBuilder().setMembership(membership).build();
    }

    /** The same, to be prepared beside the epoch that runs. */
    static ControlDown planned(long number, long replaced) {
        ControlDown.Builder planned = membership(number).toBuilder();
        planned.getMembershipBuilder().setReplaces(epoch(replaced));
        return planned.build();
    }

    static ControlDown start(long number) {
        return start(TERM, number);
    }

    static ControlDown start(Term term, long number) {
        return ControlDown.newBuilder()
                .setStart(Start.newBuilder().setTerm(term).setEpoch(epoch(number)))
                .build();
    }

    static ControlDown abort(long number) {
        return abort(TERM, number);
    }

    static ControlDown abort(Term term, long number) {
        Abort abort = Abort.newBuilder()
                .setTerm(term)
                .setEpoch(epoch(number))
                .addCulprits(0)
                .setReason("rank 0 is late")
                .build();
        return ControlDown.newBuilder().setAbort(abort).build();
    }

    static ControlDown jobEnded() {
        JobEnded ended = JobEnded.newBuilder()
                .setOutcome(JobEnded.Outcome.OUTCOME_STOPPED)
                .setReason("all have finished")
                .build();
        return ControlDown.newBuilder().setJobEnded(ended).build();
    }

    static Epoch epoch(long number) {
        return Epoch.newBuilder().setCreatingTerm(TERM).setNumber(number).build();
    }
}
