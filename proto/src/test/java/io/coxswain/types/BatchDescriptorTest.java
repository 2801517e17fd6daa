package io.coxswain.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BatchDescriptorTest {
    private static final BatchDescriptor UNIFORM_WITH_LORA = new BatchDescriptor(16, OptionalInt.of(4), true, true, 2);

    @Test
    void shouldFitAnyRequestsWhenOnlyTokensAreGiven() {
        assertThat(BatchDescriptor.of(16)).isEqualTo(new BatchDescriptor(16, OptionalInt.empty(), false, false, 0));
    }

    @Test
    void shouldSayByItsFactoryWhetherRequestsAreOfOneLength() {
        assertThat(BatchDescriptor.of(16, 4)).isEqualTo(new BatchDescriptor(16, OptionalInt.of(4), false, false, 0));
        assertThat(BatchDescriptor.ofUniform(16, 4))
                .isEqualTo(new BatchDescriptor(16, OptionalInt.of(4), true, false, 0));
    }

    @Test
    void shouldKeepTokensAndLoraWhenRelaxed() {
        assertThat(UNIFORM_WITH_LORA.relaxed()).isEqualTo(new BatchDescriptor(16, OptionalInt.empty(), false, true, 2));
    }

    @Test
    void shouldNotChangeWhenRelaxedTwice() {
        BatchDescriptor relaxed = UNIFORM_WITH_LORA.relaxed();

        assertThat(relaxed.relaxed()).isEqualTo(relaxed);
    }

    @Test
    void shouldKeepAllButTheTokensWhenGivenOthers() {
        assertThat(UNIFORM_WITH_LORA.withNumTokens(0))
                .isEqualTo(new BatchDescriptor(0, OptionalInt.of(4), true, true, 2));
        assertThat(UNIFORM_WITH_LORA.numTokens()).isEqualTo(16);
    }

    @Test
    void shouldHaveLoraExactlyWhenAdaptersAreActive() {
        assertThat(BatchDescriptor.of(8).withActiveLoras(3))
                .isEqualTo(new BatchDescriptor(8, OptionalInt.empty(), false, true, 3));
        assertThat(UNIFORM_WITH_LORA.withActiveLoras(0))
                .isEqualTo(new BatchDescriptor(16, OptionalInt.of(4), true, false, 0));
    }

    @Test
    void shouldBeFoundInAMapByAnEqualDescriptor() {
        Map<BatchDescriptor, String> graphs = new HashMap<>();
        graphs.put(BatchDescriptor.of(200, 200), "graph");

        assertThat(graphs).containsEntry(BatchDescriptor.of(200, 200), "graph");
        assertThat(graphs.get(BatchDescriptor.ofUniform(200, 200))).isNull();
    }

    @Test
    void shouldTellNoRequestCountFromZeroRequests() {
        BatchDescriptor any = BatchDescriptor.of(0);
        BatchDescriptor zero = BatchDescriptor.of(0, 0);

        assertThat(any).isNotEqualTo(zero);
        assertThat(any.key()).isNotEqualTo(zero.key());
        assertThat(any.hashKey()).isNotEqualTo(zero.hashKey());
    }

    /** Each differs from the first in one component only. */
    static Stream<BatchDescriptor> neighbours() {
        return Stream.of(
                new BatchDescriptor(17, OptionalInt.of(4), true, true, 2),
                new BatchDescriptor(16, OptionalInt.of(5), true, true, 2),
                new BatchDescriptor(16, OptionalInt.empty(), true, true, 2),
                new BatchDescriptor(16, OptionalInt.of(4), false, true, 2),
                new BatchDescriptor(16, OptionalInt.of(4), true, false, 2),
                new BatchDescriptor(16, OptionalInt.of(4), true, true, 1));
    }

    @ParameterizedTest
    @MethodSource("neighbours")
    void shouldDifferInEqualityKeyAndNumberByAnyComponent(BatchDescriptor other) {
        assertThat(other).isNotEqualTo(UNIFORM_WITH_LORA);
        assertThat(other.key()).isNotEqualTo(UNIFORM_WITH_LORA.key());
        assertThat(other.hashKey()).isNotEqualTo(UNIFORM_WITH_LORA.hashKey());
    }

    @Test
    void shouldNameAllComponentsInItsKey() {
        assertThat(UNIFORM_WITH_LORA.key()).isEqualTo("tokens=16,requests=4,uniform=true,lora=true,active_loras=2");
        assertThat(BatchDescriptor.of(0).key())
                .isEqualTo("tokens=0,requests=any,uniform=false,lora=false,active_loras=0");
    }

    /** The numbers were computed in Python from the documented rule. */
    static Stream<Arguments> hashKeys() {
        int max = Integer.MAX_VALUE;
        return Stream.of(
                Arguments.of(BatchDescriptor.of(16), 14_746_545),
                Arguments.of(UNIFORM_WITH_LORA, 14_896_494),
                Arguments.of(BatchDescriptor.of(0), -29_791),
                Arguments.of(BatchDescriptor.of(0, 0), 0),
                Arguments.of(BatchDescriptor.ofUniform(8192, 256), -1_016_823_103),
                Arguments.of(new BatchDescriptor(max, OptionalInt.of(max), true, true, max), 2_146_531_327));
    }

    @ParameterizedTest
    @MethodSource("hashKeys")
    void shouldHaveTheDocumentedNumber(BatchDescriptor descriptor, int hashKey) {
        assertThat(descriptor.hashKey()).isEqualTo(hashKey);
        assertThat(descriptor).hasSameHashCodeAs(hashKey);
    }

    @Test
    void shouldRefuseNegativeCountsByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BatchDescriptor.of(-1))
                .withMessage("numTokens is -1; allowed is 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BatchDescriptor.of(8, -2))
                .withMessage("numRequests is -2; allowed is 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BatchDescriptor.of(8).withActiveLoras(-3))
                .withMessage("numActiveLoras is -3; allowed is 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UNIFORM_WITH_LORA.withNumTokens(Integer.MIN_VALUE))
                .withMessage("numTokens is -2147483648; allowed is 0 or more");
    }

    @Test
    void shouldRefuseANullRequestCountByName() {
        assertThatNullPointerException()
                .isThrownBy(() -> new BatchDescriptor(8, null, false, false, 0))
                .withMessage("numRequests");
    }
}
