package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ReducerTest {

    @Test
    void shouldTakeTheSmallest() {
        assertThat(reduce(Reducer.MIN, 3, -7, 12)).hasValue(-7);
    }

    @Test
    void shouldTakeTheLargest() {
        assertThat(reduce(Reducer.MAX, -3, -7, -12)).hasValue(-3);
    }

    @Test
    void shouldAddUp() {
        assertThat(reduce(Reducer.SUM, 3, -7, 12)).hasValue(8);
    }

    @Test
    void shouldCutTheSumOffAtTheEndsOf64Bits() {
        assertThat(reduce(Reducer.SUM, Long.MAX_VALUE, 1)).hasValue(Long.MAX_VALUE);
        assertThat(reduce(Reducer.SUM, Long.MIN_VALUE, -1)).hasValue(Long.MIN_VALUE);
        assertThat(reduce(Reducer.SUM, Long.MAX_VALUE, Long.MAX_VALUE, 2)).hasValue(Long.MAX_VALUE);
        assertThat(reduce(Reducer.SUM, Long.MIN_VALUE, Long.MIN_VALUE, Long.MIN_VALUE))
                .hasValue(Long.MIN_VALUE);
    }

    @Test
    void shouldNotCutOffASumThatOnlyPassesThroughTheEnds() {
        assertThat(reduce(Reducer.SUM, Long.MAX_VALUE, 5, -7)).hasValue(Long.MAX_VALUE - 2);
        assertThat(reduce(Reducer.SUM, -7, Long.MAX_VALUE, 5)).hasValue(Long.MAX_VALUE - 2);
        assertThat(reduce(Reducer.SUM, Long.MIN_VALUE, -5, 7)).hasValue(Long.MIN_VALUE + 2);
        assertThat(reduce(Reducer.SUM, Long.MIN_VALUE, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE))
                .hasValue(-2);
    }

    @Test
    void shouldAgreeOnAllOnlyWhereEveryRankSaysOne() {
        assertThat(reduce(Reducer.ALL, 1, 1, 1)).hasValue(1);
        assertThat(reduce(Reducer.ALL, 1, 0, 1)).hasValue(0);
        assertThat(reduce(Reducer.ALL, 2, 2)).hasValue(0);
    }

    @Test
    void shouldAgreeOnAnyWhereSomeRankSaysOne() {
        assertThat(reduce(Reducer.ANY, 0, 1, 0)).hasValue(1);
        assertThat(reduce(Reducer.ANY, 0, 0)).hasValue(0);
        assertThat(reduce(Reducer.ANY, 0, -1)).hasValue(0);
    }

    @Test
    void shouldAgreeOnTheSameValueAndOnNothingElse() {
        assertThat(reduce(Reducer.SAME, 42, 42, 42)).hasValue(42);
        assertThat(reduce(Reducer.SAME, 42, 42, 43)).isEmpty();
        assertThat(reduce(Reducer.SAME, 0)).hasValue(0);
    }

    private static OptionalLong reduce(Reducer reducer, long... values) {
        RankFacts[] reports = Arrays.stream(values)
                .mapToObj(value -> Facts.voting(Facts.zero(), value))
                .toArray(RankFacts[]::new);
        return reducer.reduce(reports, 0);
    }
}
