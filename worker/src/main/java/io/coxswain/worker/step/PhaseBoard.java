package io.coxswain.worker.step;

import io.coxswain.v1.Epoch;
import io.coxswain.v1.Heartbeat;
import io.coxswain.v1.Phase;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Where the forward thread is in its step, for the heartbeat to tell.
 *
 * <p>The forward thread writes; any thread may read a {@link #heartbeat()}, which is consistent in itself. A write costs
 * one store and no allocation.
 */
public final class PhaseBoard {
    private volatile @Nullable Progress current;

    /** The forward pass of the last decision is launched. Forward thread. */
    public void launched() {
        set(Phase.PHASE_LAUNCHED);
    }

    /** The forward pass of the last decision is done on the device. Forward thread. */
    public void done() {
        set(Phase.PHASE_DONE);
    }

    /** The forward thread has left the loop: the epoch has ended. Forward thread. */
    public void outside() {
        current = null;
    }

    /** What a heartbeat says of this moment. Any thread. */
    public Heartbeat heartbeat() {
        Progress progress = current;
        return progress == null
                ? Heartbeat.newBuilder().setPhase(Phase.PHASE_OUTSIDE).build()
                : progress.heartbeat();
    }

    void enter(Epoch epoch) {
        current = new Progress(epoch);
    }

    void reported() {
        Progress progress = current;
        if (progress != null) {
            progress.reported();
        }
    }

    void decided() {
        Progress progress = current;
        if (progress != null) {
            progress.decided();
        }
    }

    private void set(Phase phase) {
        Progress progress = current;
        if (progress != null) {
            progress.set(phase);
        }
    }

    /**
     * One epoch's progress in one word, so that a reader never sees half of a change: the phase in bits 0 to 2, whether
     * a report is open in bit 3, the number of decided steps above.
     */
    private static final class Progress {
        private static final VarHandle WORD;
        private static final long PHASE_MASK = 7;
        private static final long REPORT_OPEN = 8;
        private static final int DECIDED_SHIFT = 4;

        static {
            try {
                WORD = MethodHandles.lookup().findVarHandle(Progress.class, "word", long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final Epoch epoch;

        private long word = Phase.PHASE_OUTSIDE_VALUE;

        Progress(Epoch epoch) {
            this.epoch = epoch;
        }

        void reported() {
            write((word & ~PHASE_MASK) | REPORT_OPEN | Phase.PHASE_REPORTED_VALUE);
        }

        void decided() {
            write((((word >>> DECIDED_SHIFT) + 1) << DECIDED_SHIFT) | Phase.PHASE_DECIDED_VALUE);
        }

        void set(Phase phase) {
            write((word & ~PHASE_MASK) | phase.getNumber());
        }

        private void write(long next) {
            WORD.setRelease(this, next);
        }

        Heartbeat heartbeat() {
            long seen = (long) WORD.getAcquire(this);
            long decided = seen >>> DECIDED_SHIFT;
            long reported = decided + ((seen & REPORT_OPEN) == 0 ? 0 : 1);
            Heartbeat.Builder heartbeat =
                    Heartbeat.newBuilder().setEpoch(epoch).setPhaseValue((int) (seen & PHASE_MASK));
            if (reported > 0) {
                heartbeat.setLastReportedStep(reported - 1);
            }
            if (decided > 0) {
                heartbeat.setLastDecidedStep(decided - 1);
            }
            return heartbeat.build();
        }
    }
}
