package io.coxswain.worker;

import io.coxswain.v1.Heartbeat;
import io.coxswain.v1.Phase;
import io.coxswain.worker.health.VitalSigns;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.MemberStanding;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.SessionState;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A worker's health as its heartbeats and its session have it.
 *
 * @param session empty until the device is open
 * @param phases where the forward thread is
 * @param standing what it was told last
 * @param loopTurns how often the control stream's event loop has come round
 */
record WorkerSigns(
        Supplier<Optional<CoordinatorSession>> session,
        PhaseBoard phases,
        MemberStanding standing,
        LongSupplier loopTurns)
        implements VitalSigns {

    @Override
    public Reading read() {
        Heartbeat now = phases.heartbeat();
        return new Reading(
                stage(),
                isInPass(now.getPhase()) ? Forward.IN_PASS : Forward.OUTSIDE,
                now.getEpoch().getNumber(),
                now.hasLastDecidedStep() ? now.getLastDecidedStep() + 1 : 0,
                now,
                loopTurns.getAsLong());
    }

    private Stage stage() {
        Optional<CoordinatorSession> open = session.get();
        if (open.isEmpty()) {
            return Stage.STARTING;
        }
        if (open.get().state() != SessionState.RUNNING) {
            return Stage.WAITING;
        }
        return standing.waitsForWork() ? Stage.IDLE : Stage.RUNNING;
    }

    private static boolean isInPass(Phase phase) {
        return switch (phase) {
            case PHASE_DECIDED, PHASE_LAUNCHED -> true;
            case PHASE_OUTSIDE, PHASE_REPORTED, PHASE_DONE, PHASE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    }
}
