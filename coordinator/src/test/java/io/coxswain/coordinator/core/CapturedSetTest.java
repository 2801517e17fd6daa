package io.coxswain.coordinator.core;

import static io.coxswain.coordinator.core.Keys.piecewise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.coxswain.types.CudaGraphMode;
import java.util.List;
import org.junit.jupiter.api.Test;

class CapturedSetTest {

    private static final CapturedSet FOUR_AND_EIGHT = CapturedSet.of(List.of(piecewise(4), piecewise(8)));
    private static final CapturedSet EIGHT_AND_SIXTEEN = CapturedSet.of(List.of(piecewise(8), piecewise(16)));

    @Test
    void shouldKeepWhatIsInBoth() {
        assertThat(FOUR_AND_EIGHT.intersect(EIGHT_AND_SIXTEEN)).isEqualTo(CapturedSet.of(List.of(piecewise(8))));
    }

    @Test
    void shouldTakeAllAsNoRestriction() {
        assertThat(CapturedSet.ALL.intersect(FOUR_AND_EIGHT)).isEqualTo(FOUR_AND_EIGHT);
        assertThat(FOUR_AND_EIGHT.intersect(CapturedSet.ALL)).isEqualTo(FOUR_AND_EIGHT);
        assertThat(CapturedSet.ALL.intersect(CapturedSet.ALL)).isEqualTo(CapturedSet.ALL);
        assertThat(CapturedSet.ALL.contains(piecewise(1))).isTrue();
    }

    @Test
    void shouldNotTakeNoneForAll() {
        CapturedSet none = CapturedSet.of(List.of());

        assertThat(none).isNotEqualTo(CapturedSet.ALL);
        assertThat(none.contains(piecewise(4))).isFalse();
        assertThat(CapturedSet.ALL.intersect(none)).isEqualTo(none);
    }

    @Test
    void shouldRefuseAGraphOfNoMode() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GraphKey(CudaGraphMode.NONE, 1, 1, 1, false))
                .withMessage("graph.mode is NONE; allowed are PIECEWISE and FULL");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> piecewise(0))
                .withMessage("graph.num_tokens is 0; allowed are 1 to 2147483647");
    }
}
