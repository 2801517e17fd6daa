package io.coxswain.worker.step;

import static io.coxswain.worker.step.Scripts.EPOCH;
import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.Heartbeat;
import io.coxswain.v1.Phase;
import org.junit.jupiter.api.Test;

class PhaseBoardTest {
    private final PhaseBoard board = new PhaseBoard();

    @Test
    void shouldSayThatTheRankIsOutsideBeforeAndAfterAnEpoch() {
        Heartbeat outside = Heartbeat.newBuilder().setPhase(Phase.PHASE_OUTSIDE).build();

        board.launched();
        assertThat(board.heartbeat()).isEqualTo(outside);
        board.enter(EPOCH);
        board.reported();
        board.outside();
        assertThat(board.heartbeat()).isEqualTo(outside);
    }

    @Test
    void shouldSayNoStepBeforeTheFirst() {
        board.enter(EPOCH);

        assertThat(board.heartbeat().getEpoch()).isEqualTo(EPOCH);
        assertThat(board.heartbeat().hasLastReportedStep()).isFalse();
        assertThat(board.heartbeat().hasLastDecidedStep()).isFalse();
    }

    @Test
    void shouldFollowTheRankThroughItsSteps() {
        board.enter(EPOCH);
        board.reported();
        assertThat(board.heartbeat())
                .isEqualTo(at(Phase.PHASE_REPORTED).setLastReportedStep(0).build());
        board.decided();
        assertThat(board.heartbeat()).isEqualTo(decided(Phase.PHASE_DECIDED, 0));
        board.launched();
        assertThat(board.heartbeat()).isEqualTo(decided(Phase.PHASE_LAUNCHED, 0));
        board.done();
        assertThat(board.heartbeat()).isEqualTo(decided(Phase.PHASE_DONE, 0));
        board.reported();
        assertThat(board.heartbeat())
                .isEqualTo(at(Phase.PHASE_REPORTED)
                        .setLastReportedStep(1)
                        .setLastDecidedStep(0)
                        .build());
        board.decided();
        assertThat(board.heartbeat()).isEqualTo(decided(Phase.PHASE_DECIDED, 1));
    }

    private static Heartbeat decided(Phase phase, long step) {
        return at(phase).setLastReportedStep(step).setLastDecidedStep(step).build();
    }

    private static Heartbeat.Builder at(Phase phase) {
        return Heartbeat.newBuilder().setEpoch(EPOCH).setPhase(phase);
    }
}
