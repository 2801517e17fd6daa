package io.coxswain.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CudaGraphModeTest {
    @ParameterizedTest
    @CsvSource({"NONE, 0", "PIECEWISE, 1", "FULL, 2"})
    void shouldMapEachModeToItsNumberAndBack(CudaGraphMode mode, int number) {
        assertThat(mode.number()).isEqualTo(number);
        assertThat(CudaGraphMode.ofNumber(number)).isSameAs(mode);
    }

    @Test
    void shouldHaveNoOtherModes() {
        assertThat(CudaGraphMode.values())
                .containsExactly(CudaGraphMode.NONE, CudaGraphMode.PIECEWISE, CudaGraphMode.FULL);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 3, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void shouldRefuseANumberOfNoMode(int number) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CudaGraphMode.ofNumber(number))
                .withMessage(
                        "CudaGraphMode number is %d; allowed are 0 (NONE), 1 (PIECEWISE), 2 (FULL)".formatted(number));
    }
}
