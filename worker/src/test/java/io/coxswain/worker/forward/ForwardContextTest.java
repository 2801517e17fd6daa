package io.coxswain.worker.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.coxswain.types.BatchDescriptor;
import io.coxswain.types.CudaGraphMode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ForwardContextTest {
    private record SequenceLengths(int longest) implements AttentionMetadata {}

    @Test
    void shouldHaveNeutralDefaults() {
        ForwardContext context = ForwardContext.builder().build();

        assertThat(context.virtualEngine()).isZero();
        assertThat(context.graphMode()).isEqualTo(CudaGraphMode.NONE);
        assertThat(context.isCudaGraphEnabled()).isFalse();
        assertThat(context.batchDescriptor()).isEmpty();
        assertThat(context.dpMetadata()).isEmpty();
        assertThat(context.numTokens()).isZero();
        assertThat(context.attentionMetadata()).isEmpty();
        assertThat(context.additionalArguments()).isEmpty();
        assertThat(context.startNanos()).isEmpty();
    }

    @Test
    void shouldFindAttentionMetadataByLayer() {
        SequenceLengths lengths = new SequenceLengths(12);
        ForwardContext context = ForwardContext.builder()
                .attentionMetadata(Map.of("layers.0.attn", lengths))
                .build();

        assertThat(context.attentionMetadata("layers.0.attn")).isSameAs(lengths);
        assertThat(context.attentionMetadata("layers.1.attn")).isNull();
    }

    @Test
    void shouldCarryWhatItWasBuiltWith() {
        DpMetadata ranks = DpMetadata.make(2, 1, 9);
        ForwardContext context = ForwardContext.builder()
                .virtualEngine(1)
                .dpMetadata(ranks)
                .additionalArguments(Map.of("temperature", 0.5))
                .build();

        assertThat(context.virtualEngine()).isEqualTo(1);
        assertThat(context.dpMetadata()).contains(ranks);
        assertThat(context.additionalArguments()).containsExactly(Map.entry("temperature", 0.5));
    }

    @Test
    void shouldNotChangeWithTheMapsAndTheBuilderItCameFrom() {
        Map<String, AttentionMetadata> byLayer = new HashMap<>(Map.of("a", new SequenceLengths(1)));
        Map<String, Object> arguments = new HashMap<>(Map.of("k", 1));
        ForwardContext.Builder builder = ForwardContext.builder()
                .attentionMetadata(byLayer)
                .additionalArguments(arguments)
                .numTokens(3);
        ForwardContext context = builder.build();
        byLayer.clear();
        arguments.clear();
        builder.numTokens(4);

        assertThat(context.attentionMetadata("a")).isEqualTo(new SequenceLengths(1));
        assertThat(context.additionalArguments()).containsEntry("k", 1);
        assertThat(context.numTokens()).isEqualTo(3);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> context.attentionMetadata().clear());
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> context.additionalArguments().clear());
    }

    @Test
    void shouldTakeItsTokensFromTheFirstThatKnows() {
        DpMetadata ranks = DpMetadata.make(2, 1, 3, new int[] {7, 3});
        ForwardContext.Builder builder = ForwardContext.builder();

        assertThat(builder.dpMetadata(ranks).build().numTokens()).isEqualTo(3);
        assertThat(builder.batchDescriptor(BatchDescriptor.of(8)).build().numTokens())
                .isEqualTo(8);
        assertThat(builder.numTokens(5).build().numTokens()).isEqualTo(5);
        assertThat(builder.numTokens(0).build().numTokens()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"PIECEWISE", "FULL"})
    void shouldMakeADescriptorForAGraphAndATokenCount(CudaGraphMode mode) {
        ForwardContext context =
                ForwardContext.builder().graphMode(mode).numTokens(16).build();

        assertThat(context.batchDescriptor()).contains(BatchDescriptor.of(16));
        assertThat(context.isCudaGraphEnabled()).isTrue();
    }

    @Test
    void shouldMakeNoDescriptorWithoutAGraphOrWithoutATokenCount() {
        assertThat(ForwardContext.builder().numTokens(16).build().batchDescriptor())
                .isEmpty();
        assertThat(ForwardContext.builder()
                        .graphMode(CudaGraphMode.FULL)
                        .dpMetadata(DpMetadata.single(16))
                        .build()
                        .batchDescriptor())
                .isEmpty();
    }

    @Test
    void shouldKeepTheDescriptorItWasGiven() {
        BatchDescriptor given = BatchDescriptor.ofUniform(16, 4);

        assertThat(ForwardContext.builder()
                        .graphMode(CudaGraphMode.FULL)
                        .numTokens(13)
                        .batchDescriptor(given)
                        .build()
                        .batchDescriptor())
                .contains(given);
    }

    @Test
    void shouldMeasureTheTimeSinceItsStart() {
        AtomicLong clock = new AtomicLong(1_000);
        ForwardContext context =
                ForwardContext.builder().startedAt(1_000, clock::get).build();

        assertThat(context.startNanos()).hasValue(1_000);
        assertThat(context.elapsed()).isZero();
        clock.addAndGet(2_500_000);
        assertThat(context.elapsed()).isEqualTo(Duration.ofNanos(2_500_000));
    }

    @Test
    void shouldMeasureTheTimeAcrossTheClocksOverflow() {
        ForwardContext context = ForwardContext.builder()
                .startedAt(Long.MAX_VALUE - 5, () -> Long.MIN_VALUE + 4)
                .build();

        assertThat(context.elapsed()).isEqualTo(Duration.ofNanos(10));
    }

    @Test
    void shouldHaveTakenNoTimeWhereItWasNotStarted() {
        assertThat(ForwardContext.builder().build().elapsed()).isZero();
    }

    @Test
    void shouldRefuseNegativeNumbersByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ForwardContext.builder().numTokens(-1))
                .withMessage("numTokens is -1; allowed is 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ForwardContext.builder().virtualEngine(-2))
                .withMessage("virtualEngine is -2; allowed is 0 or more");
    }
}
