package io.coxswain.sim;

import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.StepReport;
import org.jspecify.annotations.Nullable;

/** A worker's step stream: one after the other, each under a higher session number. */
final class StepLine {

    private static final int MOST_REOPENINGS = 5;
    private static final long REOPEN_PAUSE = 20 * Times.MILLI;

    private final Simulation world;
    private final SimWorker worker;
    private @Nullable Stream stream;
    private int session;
    private int reopenings;

    StepLine(Simulation world, SimWorker worker) {
        this.world = world;
        this.worker = worker;
    }

    /** Opens a stream to the coordinator that has welcomed this member; nothing where there is none. */
    void open(SimEpoch in) {
        SimCoordinator to = worker.control().coordinator();
        if (to == null || in.isGateClosed()) {
            return;
        }
        session++;
        int number = session;
        Stream opened = new Stream(Stream.Kind.STEP, world.network(), worker, to);
        stream = opened;
        opened.up(() -> to.handle(
                new Input.StepOpened(opened, Scenario.JOB, worker.place(), worker.member(), in.id(), number)));
    }

    void close(String why) {
        Stream old = stream;
        if (old != null) {
            old.closeFrom(worker, Closing.lost(why));
            stream = null;
        }
    }

    void send(StepReport report) {
        Stream to = stream;
        if (to != null) {
            SimCoordinator coordinator = (SimCoordinator) to.server();
            to.up(() -> coordinator.handle(new Input.ReportReceived(to, worker.place(), report)));
        }
    }

    boolean is(Stream which) {
        return which == stream;
    }

    /** The stream was closed by the other side, or broke. */
    void lost() {
        stream = null;
    }

    /** Has it opened again after a pause that grows; false where that was tried too often in a row. */
    boolean reopenLater(Runnable resume) {
        if (reopenings == MOST_REOPENINGS) {
            return false;
        }
        worker.later(REOPEN_PAUSE << reopenings, resume);
        reopenings++;
        return true;
    }

    /** A decision has come down the stream. */
    void worked() {
        reopenings = 0;
    }

    boolean isOpen() {
        return stream != null;
    }

    @Nullable
    Stream stream() {
        return stream;
    }

    /** A report of the same step that says something else. */
    static StepReport contradicting(StepReport report) {
        RankFacts facts = report.facts();
        boolean busy = facts.numTokens() > 0;
        int tokens = facts.numTokens() > 1 ? facts.numTokens() - 1 : facts.numTokens() + 1;
        RankFacts other = new RankFacts(tokens, 1, RankFacts.NOT_UNIFORM, false, false, 0, facts.votes());
        return new StepReport(
                report.term(), report.epoch(), report.step(), report.revision() + (busy ? 1 : 0), other, null);
    }
}
