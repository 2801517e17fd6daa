package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class RankFactsTest {

    @Test
    void shouldRefuseMoreRequestsThanTokens() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Facts.mixed(3, 4))
                .withMessage("num_requests is 4; allowed are 0 to 3 (num_tokens)");
    }

    @Test
    void shouldRefuseAUniformityThatContradictsTheCounts() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RankFacts(7, 3, 2, true, false, 0, new long[0]))
                .withMessageStartingWith("uniform_token_count is 2 with 3 requests and 7 tokens");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RankFacts(0, 0, 1, true, false, 0, new long[0]))
                .withMessageStartingWith("uniform_token_count is 1; allowed are 0 to 0");
    }

    @Test
    void shouldRefuseCountsAboveTheIntRangeAsTheyWereSent() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Facts.mixed((int) 3_000_000_000L, 1))
                .withMessage("num_tokens is 3000000000; allowed are 0 to 2147483647");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RankFacts(1, 1, 1, true, false, -1, new long[0]))
                .withMessageStartingWith("active_loras is 4294967295");
    }

    @Test
    void shouldBeEqualByValueVotesIncluded() {
        RankFacts facts = Facts.voting(Facts.decode(4, 2), 1, 2);

        assertThat(facts)
                .isEqualTo(Facts.voting(Facts.decode(4, 2), 1, 2))
                .hasSameHashCodeAs(Facts.voting(Facts.decode(4, 2), 1, 2))
                .isNotEqualTo(Facts.voting(Facts.decode(4, 2), 1, 3))
                .isNotEqualTo(Facts.voting(Facts.mixed(8, 4), 1, 2));
    }
}
