package io.coxswain.sim;

import io.coxswain.coordinator.core.Action;
import io.coxswain.coordinator.core.CapturedSet;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.Phase;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.RankProgress;
import io.coxswain.coordinator.core.StepRefusal;
import io.coxswain.coordinator.core.StepReport;
import io.coxswain.coordinator.core.TermId;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A worker's step stream and its forward loop: report, decision, pass, next. */
final class WorkerSteps {

    private static final int MOST_REOPENINGS = 5;
    private static final long REOPEN_PAUSE = 20 * Times.MILLI;

    private final Simulation world;
    private final SimWorker worker;
    private final WorkerBatch batch;
    private final Queue<DecidedStep> unread = new ArrayDeque<>();
    private @Nullable SimEpoch epoch;
    private @Nullable Stream stream;
    private @Nullable StepReport open;
    private @Nullable StepReport lastReport;
    private @Nullable DecidedStep last;
    private Phase phase = Phase.OUTSIDE;
    private boolean frozen;
    private boolean ranOnPlan;
    private int session;
    private int revision;
    private int reopenings;
    private long nextStep;
    private long contradictedStep = -1;

    WorkerSteps(Simulation world, SimWorker worker) {
        this.world = world;
        this.worker = worker;
        this.batch = new WorkerBatch(world, worker);
    }

    WorkerBatch batch() {
        return batch;
    }

    CapturedSet captured() {
        return batch.captured();
    }

    /** The last decision that was accepted in this epoch; null for none. */
    @Nullable
    DecidedStep last() {
        return last;
    }

    /** The report that waits for its decision; null where none does. */
    @Nullable
    StepReport open() {
        return open;
    }

    int revision() {
        return revision;
    }

    int reportedTokens() {
        StepReport report = lastReport;
        return report == null ? 0 : report.facts().numTokens();
    }

    RankProgress progress() {
        long reported = lastReport == null ? -1 : lastReport.step();
        return new RankProgress(reported, last == null ? -1 : last.step(), phase);
    }

    /** From now on what comes is held unread: a hello says how far this member is. */
    void freeze() {
        frozen = true;
    }

    /** A coordinator of the promised term has welcomed this member: what was held is read. */
    void thaw() {
        frozen = false;
        while (!frozen && !unread.isEmpty()) {
            accept(unread.remove());
        }
    }

    /** A higher term was promised: the old stream is discarded with all that it still holds. */
    void discard() {
        closeStream("a higher term was promised");
        unread.clear();
    }

    private void closeStream(String why) {
        Stream old = stream;
        if (old != null) {
            old.closeFrom(worker, Closing.lost(why));
            stream = null;
        }
    }

    void leaveEpoch() {
        closeStream("the epoch is over");
        unread.clear();
        epoch = null;
        open = null;
        last = null;
        lastReport = null;
        phase = Phase.OUTSIDE;
    }

    void gateClosed(SimEpoch closed) {
        if (closed == epoch) {
            open = null;
            phase = Phase.OUTSIDE;
            batch.discard();
        }
    }

    void begin(SimEpoch started) {
        leaveEpoch();
        epoch = started;
        started.run();
        nextStep = 0;
        contradictedStep = -1;
        openStream();
        report();
    }

    /** The epoch goes on under the coordinator that has just said so. */
    void resume() {
        if (stream == null) {
            openStream();
            sendOpenReport();
        }
    }

    private void openStream() {
        SimEpoch in = epoch;
        SimCoordinator to = worker.control().coordinator();
        if (in == null || to == null || in.isGateClosed()) {
            return;
        }
        session++;
        int number = session;
        Stream opened = new Stream(Stream.Kind.STEP, world.network(), worker, to);
        stream = opened;
        opened.up(() -> to.handle(
                new Input.StepOpened(opened, Scenario.JOB, worker.place(), worker.member(), in.id(), number)));
    }

    private void sendOpenReport() {
        StepReport report = open;
        if (report != null) {
            TermId term = worker.control().promised();
            open = new StepReport(
                    term, report.epoch(), report.step(), report.revision(), report.facts(), report.captured());
            send(open);
        }
    }

    private void send(StepReport report) {
        lastReport = report;
        sendOnly(report);
    }

    private void sendOnly(StepReport report) {
        Stream to = stream;
        if (to != null) {
            SimCoordinator coordinator = (SimCoordinator) to.server();
            to.up(() -> coordinator.handle(new Input.ReportReceived(to, worker.place(), report)));
        }
    }

    private void report() {
        SimEpoch in = epoch;
        if (in == null || in.isGateClosed()) {
            return;
        }
        revision = 0;
        phase = Phase.REPORTED;
        open = new StepReport(worker.control().promised(), in.id(), nextStep, 0, batch.plan(), batch.capturedChange());
        send(open);
    }

    /** Requests have come, or the last one is finished: a report of nothing is replaced. */
    void news() {
        StepReport before = open;
        if (before == null || before.facts().numTokens() > 0) {
            return;
        }
        RankFacts facts = batch.plan();
        if (!facts.equals(before.facts())) {
            revision++;
            open = new StepReport(
                    worker.control().promised(), before.epoch(), before.step(), revision, facts, before.captured());
            send(open);
        }
    }

    void hear(Stream from, TermId term, DecidedStep decided) {
        if (from != stream || !term.equals(worker.control().promised())) {
            return;
        }
        if (frozen) {
            unread.add(decided);
        } else {
            accept(decided);
        }
    }

    private void accept(DecidedStep decided) {
        StepReport asked = open;
        SimEpoch in = epoch;
        if (asked == null || in == null || !in.is(decided.epoch()) || decided.step() != asked.step()) {
            return; // a repetition
        }
        world.invariants().accepted(in, decided);
        if (world.history().keepsSteps()) {
            world.history()
                    .step(() -> in + " accepts step " + decided.step() + " "
                            + decided.decision().action());
        }
        open = null;
        last = decided;
        reopenings = 0;
        phase = Phase.DECIDED;
        switch (decided.decision().action()) {
            case RUN, CAPTURE -> launchSoon(in, decided);
            case IDLE -> {
                batch.discard();
                nextStep++;
                report();
            }
            case RECONFIGURE -> worker.epochs().reconfigured();
            case STOP -> worker.exit("the job is done");
        }
    }

    private void launchSoon(SimEpoch in, DecidedStep decided) {
        ranOnPlan = decided.decision().action() == Action.RUN
                && decided.revisions()[in.rank()] == revision
                && batch.isPlanned();
        if (world.random().nextInt(8) == 0) {
            worker.later(world.random().nextInt(5000) * Times.MICRO, () -> launch(in, decided));
        } else {
            launch(in, decided);
        }
    }

    private void launch(SimEpoch in, DecidedStep decided) {
        if (!in.isGateClosed()) {
            world.invariants().launched(in, decided);
            phase = Phase.LAUNCHED;
            in.launch(decided);
        }
    }

    void passDone(SimEpoch in, DecidedStep decided) {
        world.invariants().committed(in, decided);
        if (decided.decision().action() == Action.CAPTURE) {
            batch.captured(decided);
        }
        if (ranOnPlan && batch.isPlanned()) {
            batch.commit();
        } else {
            batch.discard();
        }
        phase = Phase.DONE;
        nextStep++;
        report();
    }

    void hearRefusal(Stream from, StepRefusal refusal) {
        if (from != stream || refusal.step() == contradictedStep) {
            return;
        }
        world.history().change(() -> worker + " was refused a report: " + refusal);
        switch (refusal.kind()) {
            case CONTRADICTION, TOO_EARLY, INVALID ->
                throw new Violation(Invariant.NO_UNDUE_REFUSAL, worker + " reported " + open + ": " + refusal);
            case ALREADY_DECIDED, STALE -> {}
        }
    }

    void closed(Stream which, Closing closing) {
        if (which != stream) {
            return;
        }
        stream = null;
        SimEpoch in = epoch;
        if (in != null && in.isRunning() && closing.kind() == Closing.Kind.LOST) {
            world.history().change(() -> in + " has lost its step stream: " + closing.reason());
            reopenLater(in, closing);
        }
    }

    private void reopenLater(SimEpoch in, Closing closing) {
        if (reopenings++ == MOST_REOPENINGS) {
            worker.collectiveFailed(in, "the step stream is lost: " + closing.reason());
            return;
        }
        worker.later(REOPEN_PAUSE << reopenings, () -> {
            if (in == epoch && in.isRunning()) {
                resume();
            }
        });
    }

    /** The adversary has the last report sent again; false where there is none. */
    boolean repeatReport() {
        StepReport report = lastReport;
        if (report == null || stream == null) {
            return false;
        }
        sendOnly(report);
        return true;
    }

    /** The adversary has the step stream opened again, and the report repeated; false where there is none. */
    boolean reopen() {
        if (stream == null || worker.control().coordinator() == null) {
            return false;
        }
        closeStream("opened again");
        resume();
        return true;
    }

    /** The adversary sends a report of the open step with other content; false where none is open. */
    boolean contradict() {
        StepReport report = open;
        if (report == null || stream == null || report.captured() != null) {
            return false;
        }
        RankFacts facts = report.facts();
        boolean busy = facts.numTokens() > 0;
        int tokens = facts.numTokens() > 1 ? facts.numTokens() - 1 : facts.numTokens() + 1;
        RankFacts other = new RankFacts(tokens, 1, 0, false, false, 0, facts.votes());
        contradictedStep = report.step();
        sendOnly(new StepReport(
                report.term(), report.epoch(), report.step(), report.revision() + (busy ? 1 : 0), other, null));
        return true;
    }

    @Nullable
    Stream stream() {
        return stream;
    }
}
