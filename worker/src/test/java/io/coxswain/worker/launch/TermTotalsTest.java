package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Term;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TermTotalsTest {
    private final TermTotals totals = new TermTotals();

    @Test
    void shouldTakeTheCountsOfTheOnlyCoordinatorAsTheyAre() {
        totals.withEarlier(answer(1, 5));

        assertThat(totals.withEarlier(answer(1, 7))).isEqualTo(answer(1, 7));
    }

    @Test
    void shouldAddWhatEachEarlierCoordinatorSaidLast() {
        totals.withEarlier(answer(1, 5));
        totals.withEarlier(answer(1, 7));
        totals.withEarlier(answer(2, 0));
        totals.withEarlier(answer(2, 4));

        GetStatusResponse total = totals.withEarlier(answer(4, 1));

        assertThat(total).isEqualTo(answer(4, 12));
    }

    @Test
    void shouldKeepApartWhatIsCountedApart() {
        totals.withEarlier(GetStatusResponse.newBuilder()
                .setTerm(Term.newBuilder().setNumber(1))
                .putGraphModes("FULL", 3)
                .putDescriptors(8, 3)
                .build());

        GetStatusResponse total = totals.withEarlier(GetStatusResponse.newBuilder()
                .setTerm(Term.newBuilder().setNumber(2))
                .putGraphModes("FULL", 1)
                .putGraphModes("NONE", 2)
                .putDescriptors(16, 2)
                .build());

        assertThat(total.getGraphModesMap()).isEqualTo(Map.of("FULL", 4L, "NONE", 2L));
        assertThat(total.getDescriptorsMap()).isEqualTo(Map.of(8, 3L, 16, 2L));
    }

    @Test
    void shouldPassOverADeposedCoordinatorThatWakesUp() {
        totals.withEarlier(answer(1, 5));
        totals.withEarlier(answer(2, 4));

        assertThat(totals.withEarlier(answer(1, 6))).isEqualTo(answer(2, 9));
        assertThat(totals.withEarlier(answer(2, 5))).isEqualTo(answer(2, 10));
    }

    /** One that has decided so many steps of each kind, of as many tokens. */
    private static GetStatusResponse answer(long term, long count) {
        return GetStatusResponse.newBuilder()
                .setTerm(Term.newBuilder().setNumber(term))
                .setRunDecisions(count)
                .setIdleDecisions(2 * count)
                .setRealTokens(3 * count)
                .setPaddedTokens(4 * count)
                .putGraphModes("FULL", count)
                .putDescriptors(8, count)
                .build();
    }
}
