package io.coxswain.sim;

import io.coxswain.coordinator.core.Action;
import io.coxswain.coordinator.core.CapturedSet;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.GraphKey;
import io.coxswain.coordinator.core.GroupConfig.Coordinators;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Watches the ranks of all epochs, from outside. */
final class Invariants {

    private final Coordinators coordinators;
    private final Map<EpochId, List<DecidedStep>> executed = new HashMap<>();
    /** The epochs in the order of their starts. */
    private final Map<EpochId, Integer> started = new HashMap<>();
    /** Of the epochs of which a pass was launched, the one that was started last. */
    private @Nullable EpochId latestLaunched;

    private int latestStart = -1;

    Invariants(Coordinators coordinators) {
        this.coordinators = coordinators;
    }

    /** What the ranks of an epoch execute, step by step; the ranks share it. */
    List<DecidedStep> executedIn(EpochId epoch) {
        return executed.computeIfAbsent(epoch, key -> new ArrayList<>());
    }

    /** A rank takes a decision and will carry it out. */
    void accepted(SimEpoch epoch, DecidedStep decided) {
        List<DecidedStep> steps = epoch.executed();
        int step = (int) decided.step();
        if (step == steps.size()) {
            steps.add(decided);
        } else if (step > steps.size() || !isSame(steps.get(step), decided)) {
            String first = step > steps.size()
                    ? "nothing, nor the step before"
                    : steps.get(step).toString();
            throw new Violation(
                    Invariant.ONE_DECISION,
                    epoch + " executes " + decided + " with revisions " + Arrays.toString(decided.revisions())
                            + "; executed was " + first);
        }
        checkRevision(epoch, decided);
    }

    /** What comes down a rank's stream is the open step's decision, or the last one again. */
    void came(SimEpoch epoch, DecidedStep decided, @Nullable DecidedStep last) {
        if (last != null && decided.step() < last.step()) {
            throw new Violation(
                    Invariant.NO_OLD_DECISION,
                    epoch + " gets step " + decided.step() + " after it has accepted step " + last.step());
        }
    }

    @SuppressWarnings("ReferenceEquality") // mostly it is one object, for it came from one coordinator
    private static boolean isSame(DecidedStep one, DecidedStep other) {
        return one == other
                || (one.epoch().equals(other.epoch())
                        && one.decision().equals(other.decision())
                        && Arrays.equals(one.revisions(), other.revisions()));
    }

    /** The revision is one that the rank has said, and its batch fits what was decided. */
    private static void checkRevision(SimEpoch epoch, DecidedStep decided) {
        WorkerSteps steps = epoch.worker().steps();
        int revision = decided.revisions()[epoch.rank()];
        if (revision > steps.revision()) {
            throw new Violation(
                    Invariant.DECIDED_AS_REPORTED,
                    epoch + " reported revision " + steps.revision() + " of step " + decided.step()
                            + " at most; decided was on revision " + revision);
        }
        boolean runs = decided.decision().action() == Action.RUN && revision == steps.revision();
        if (runs && decided.decision().numTokensAcrossDp()[epoch.rank()] < steps.reportedTokens()) {
            throw new Violation(
                    Invariant.DECIDED_AS_REPORTED,
                    epoch + " reported " + steps.reportedTokens() + " tokens for step " + decided.step()
                            + "; decided was " + decided.decision());
        }
    }

    /** A coordinator tells the members of an epoch that it starts, for the first time or again. */
    void started(EpochId epoch) {
        started.putIfAbsent(epoch, started.size());
    }

    void launched(SimEpoch epoch, DecidedStep decided) {
        checkGate(epoch, "launches", decided);
        EpochId id = epoch.id();
        if (!id.equals(latestLaunched) && started.getOrDefault(id, -1) > latestStart) {
            latestLaunched = id;
            latestStart = started.getOrDefault(id, -1);
        }
    }

    static void checkGraph(SimEpoch epoch, DecidedStep decided, CapturedSet captured) {
        GraphKey graph = decided.decision().graph();
        if (decided.decision().action() == Action.RUN && graph != null && !captured.contains(graph)) {
            throw new Violation(Invariant.EXISTING_GRAPH, epoch + " step " + decided.step() + " is to replay " + graph);
        }
    }

    void committed(SimEpoch epoch, DecidedStep decided) {
        checkGate(epoch, "commits", decided);
    }

    private static void checkGate(SimEpoch epoch, String what, DecidedStep decided) {
        if (epoch.isGateClosed() || !epoch.worker().isAlive()) {
            throw new Violation(Invariant.CLOSED_GATE, epoch + " " + what + " step " + decided.step());
        }
    }

    /** A coordinator decides a step: where there is but one, it knows which epoch is at work. */
    void decided(EpochId epoch, long step) {
        if (coordinators == Coordinators.SINGLE && started.getOrDefault(epoch, -1) < latestStart) {
            throw new Violation(
                    Invariant.ONE_GROUP,
                    "step " + step + " of epoch " + epoch + " is decided after a pass of epoch " + latestLaunched
                            + " was launched");
        }
    }

    /**
     * All ranks of an epoch have launched the same pass. Where there is but one coordinator, no quorum is needed: ranks that
     * all were taken for lost may yet launch what was decided before.
     */
    void begun(EpochId epoch, long step) {
        if (coordinators == Coordinators.REPLICATED && started.getOrDefault(epoch, -1) < latestStart) {
            throw new Violation(
                    Invariant.ONE_GROUP,
                    "all ranks of epoch " + epoch + " have launched step " + step + " after a pass of epoch "
                            + latestLaunched + " was launched");
        }
    }
}
