package io.coxswain.worker.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.Term;
import org.junit.jupiter.api.Test;

class PromisedTermTest {
    private final PromisedTerm promised = new PromisedTerm();

    @Test
    void shouldPromiseTheHighestTermItIsTold() {
        assertThat(promised.admit(term(2, 7))).isTrue();
        assertThat(promised.admit(term(3, 8))).isTrue();
        assertThat(promised.current()).isEqualTo(term(3, 8));
        assertThat(promised.admit(term(3, 8))).isTrue();
    }

    @Test
    void shouldRefuseALowerTermAndAnotherCoordinatorOfTheSame() {
        promised.admit(term(3, 8));

        assertThat(promised.admit(term(2, 8))).isFalse();
        assertThat(promised.admit(term(3, 9))).isFalse();
        assertThat(promised.current()).isEqualTo(term(3, 8));
        assertThat(promised.refusalOf(term(2, 10)))
                .isEqualTo("the coordinator speaks for term 2 of coordinator a,"
                        + " but this member has promised term 3 of coordinator 8");
    }

    @Test
    void shouldOrderTermsAsUnsignedNumbers() {
        promised.admit(term(Long.MAX_VALUE, 1));

        assertThat(promised.admit(term(Long.MIN_VALUE, 1))).isTrue();
    }

    private static Term term(long number, long coordinator) {
        return Term.newBuilder().setNumber(number).setCoordinatorId(coordinator).build();
    }
}
