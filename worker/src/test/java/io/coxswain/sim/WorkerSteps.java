package io.coxswain.sim;

import io.coxswain.coordinator.core.Action;
import io.coxswain.coordinator.core.CapturedSet;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.Phase;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.RankProgress;
import io.coxswain.coordinator.core.StepRefusal;
import io.coxswain.coordinator.core.StepReport;
import io.coxswain.coordinator.core.TermId;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A worker's step stream and its forward loop: report, decision, pass, next. */
final class WorkerSteps {

    private final Simulation world;
    private final SimWorker worker;
    private final WorkerBatch batch;
    private final StepLine line;
    private final Queue<DecidedStep> unread = new ArrayDeque<>();
    private @Nullable SimEpoch epoch;
    private @Nullable StepReport open;
    private @Nullable StepReport lastReport;
    private @Nullable DecidedStep last;
    private Phase phase = Phase.OUTSIDE;
    private boolean frozen;
    private boolean ranOnPlan;
    private int revision;
    private long nextStep;
    private long contradictedStep = -1;

    WorkerSteps(Simulation world, SimWorker worker) {
        this.world = world;
        this.worker = worker;
        this.batch = new WorkerBatch(world, worker);
        this.line = new StepLine(world, worker);
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
        line.close("a higher term was promised");
        unread.clear();
    }

    void leaveEpoch() {
        line.close("the epoch is over");
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
        batch.beginEpoch();
        line.open(started);
        report();
    }

    /** The epoch goes on under the coordinator that has just said so. */
    void resume() {
        SimEpoch in = epoch;
        if (in != null && !line.isOpen()) {
            line.open(in);
            sendOpenReport();
        }
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
        line.send(report);
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
        if (term.number() < worker.control().promised().number()) {
            world.tally().happened(Occurrence.BELOW_A_PROMISE_REFUSED);
        }
        if (!line.is(from) || !term.equals(worker.control().promised())) {
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
        if (in != null && in.is(decided.epoch())) {
            world.invariants().came(in, decided, last);
        }
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
        line.worked();
        phase = Phase.DECIDED;
        switch (decided.decision().action()) {
            case RUN, CAPTURE -> launchSoon(in, decided);
            case IDLE -> {
                batch.discard();
                nextStep++;
                report();
            }
            case RECONFIGURE -> worker.epochs().reconfigured(Objects.requireNonNull(decided.successor()));
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
            Invariants.checkGraph(in, decided, batch.captured());
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
        if (!line.is(from) || refusal.step() == contradictedStep) {
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
        if (!line.is(which)) {
            return;
        }
        line.lost();
        SimEpoch in = epoch;
        if (in != null && in.isRunning() && closing.kind() == Closing.Kind.LOST) {
            world.history().change(() -> in + " has lost its step stream: " + closing.reason());
            reopenLater(in, closing);
        }
    }

    private void reopenLater(SimEpoch in, Closing closing) {
        boolean again = line.reopenLater(() -> {
            if (in == epoch && in.isRunning()) {
                resume();
            }
        });
        if (!again) {
            worker.collectiveFailed(in, "the step stream is lost: " + closing.reason());
        }
    }

    /** The adversary has the last report sent again; false where there is none. */
    boolean repeatReport() {
        StepReport report = lastReport;
        if (report == null || !line.isOpen()) {
            return false;
        }
        line.send(report);
        return true;
    }

    /** The adversary has the step stream opened again, and the report repeated; false where there is none. */
    boolean reopen() {
        if (!line.isOpen() || worker.control().coordinator() == null) {
            return false;
        }
        line.close("opened again");
        resume();
        return true;
    }

    /** The adversary sends a report of the open step with other content; false where none is open. */
    boolean contradict() {
        StepReport report = open;
        if (report == null || !line.isOpen() || report.captured() != null) {
            return false;
        }
        contradictedStep = report.step();
        line.send(StepLine.contradicting(report));
        return true;
    }

    @Nullable
    Stream stream() {
        return line.stream();
    }
}
