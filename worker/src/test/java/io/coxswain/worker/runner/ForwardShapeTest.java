package io.coxswain.worker.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.runner.ForwardShape.Layout;
import org.junit.jupiter.api.Test;

class ForwardShapeTest {
    @Test
    void shouldSplitTheRowsOfEveryRankIntoMicrobatches() {
        ForwardShape shape = new ForwardShape(0, new int[] {5, 0, 2}, Layout.VARIABLE, 2);

        assertThat(shape.firstRow(0, 0)).isZero();
        assertThat(shape.firstRow(0, 1)).isEqualTo(2);
        assertThat(shape.firstRow(0, 2)).isEqualTo(5);
        assertThat(shape.firstRow(1, 2)).isZero();
        assertThat(shape.firstRow(2, 1)).isEqualTo(1);
    }

    @Test
    void shouldRefuseValuesThatContradict() {
        assertThatThrownBy(() -> new ForwardShape(2, new int[] {1, 1}, Layout.PADDED, 1))
                .hasMessageContaining("rank is 2");
        assertThatThrownBy(() -> new ForwardShape(0, new int[] {1, 2}, Layout.PADDED, 1))
                .hasMessage("layout PADDED needs equal rows, but rank 0 has 1 and rank 1 has 2");
        assertThatThrownBy(() -> new ForwardShape(0, new int[] {1, -2}, Layout.VARIABLE, 1))
                .hasMessage("rank 1 has -2 rows");
        assertThatThrownBy(() -> new ForwardShape(0, new int[] {1}, Layout.PADDED, 0))
                .hasMessageContaining("microbatches is 0");
    }

    @Test
    void shouldNotChangeWithTheCallersArray() {
        int[] rows = {3};
        ForwardShape shape = new ForwardShape(0, rows, Layout.PADDED, 1);
        rows[0] = 9;

        assertThat(shape.rows(0)).isEqualTo(3);
    }
}
