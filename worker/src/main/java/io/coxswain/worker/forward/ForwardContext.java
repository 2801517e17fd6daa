package io.coxswain.worker.forward;

import io.coxswain.types.BatchDescriptor;
import io.coxswain.types.CudaGraphMode;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the layers of a model need to know of the forward pass that they run in, without its being handed from layer to
 * layer: the loop makes a context current, and the layers ask for {@link #current()}.
 *
 * <pre>{@code
 * ForwardContext context = ForwardContext.builder().graphMode(FULL).numTokens(16).build();
 * try (ForwardContext.Scope scope = context.makeCurrent()) {
 *     model.forward(batch);
 * }
 * }</pre>
 *
 * <p>A context is current on the thread that made it so, and on no other. Immutable and thread-safe, given that the
 * attention metadata and the additional arguments are.
 */
public final class ForwardContext {
    private final Map<String, AttentionMetadata> attentionMetadata;
    private final int virtualEngine;
    private final @Nullable BatchDescriptor batchDescriptor;
    private final @Nullable DpMetadata dpMetadata;
    private final CudaGraphMode graphMode;
    private final int numTokens;
    private final Map<String, Object> additionalArguments;
    private final long startNanos;
    private final @Nullable LongSupplier nanoClock;

    private ForwardContext(Builder builder) {
        attentionMetadata = Map.copyOf(builder.attentionMetadata);
        virtualEngine = builder.virtualEngine;
        dpMetadata = builder.dpMetadata;
        graphMode = builder.graphMode;
        additionalArguments = Map.copyOf(builder.additionalArguments);
        startNanos = builder.startNanos;
        nanoClock = builder.nanoClock;
        batchDescriptor = descriptorOf(builder);
        numTokens = numTokensOf(builder.numTokens, batchDescriptor, dpMetadata);
    }

    /** A builder of a context with nothing set: virtual engine 0, graph mode NONE. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The context of the innermost open scope of this thread.
     *
     * @throws IllegalStateException if this thread has none open
     */
    public static ForwardContext current() {
        return ForwardScope.currentContext();
    }

    /** Whether this thread has a current context. */
    public static boolean isAvailable() {
        return ForwardScope.isOpenOnThisThread();
    }

    /**
     * Makes this context current on this thread until the scope is closed; then the one that is current now, or none,
     * is current again. To be used with try-with-resources.
     */
    public Scope makeCurrent() {
        return ForwardScope.open(this);
    }

    /** What a layer's attention needs for this batch, or null where the layer was given nothing. */
    public @Nullable AttentionMetadata attentionMetadata(String layer) {
        return attentionMetadata.get(layer);
    }

    /** The attention metadata of all layers by name; cannot be modified. */
    public Map<String, AttentionMetadata> attentionMetadata() {
        return attentionMetadata;
    }

    /** The pipeline-parallel slot whose cache this pass uses; 0 unless set. */
    public int virtualEngine() {
        return virtualEngine;
    }

    /** The shape that this pass is padded to. */
    public Optional<BatchDescriptor> batchDescriptor() {
        return Optional.ofNullable(batchDescriptor);
    }

    /** The token counts of all data-parallel ranks. */
    public Optional<DpMetadata> dpMetadata() {
        return Optional.ofNullable(dpMetadata);
    }

    /** How this pass uses graphs; NONE unless set. */
    public CudaGraphMode graphMode() {
        return graphMode;
    }

    /** Whether this pass replays or captures a graph. */
    public boolean isCudaGraphEnabled() {
        return graphMode != CudaGraphMode.NONE;
    }

    /** Tokens of this pass: its own count where one was set, else the descriptor's, else this rank's, else 0. */
    public int numTokens() {
        return numTokens;
    }

    /** What a model or platform handed to its layers beside all this, by name; cannot be modified. */
    public Map<String, Object> additionalArguments() {
        return additionalArguments;
    }

    /** When the pass started, in nanoseconds of the clock that it was given; empty where it was not started. */
    public OptionalLong startNanos() {
        return nanoClock == null ? OptionalLong.empty() : OptionalLong.of(startNanos);
    }

    /** The time since the pass started by the clock that it was given; zero where it was not started. */
    public Duration elapsed() {
        return nanoClock == null ? Duration.ZERO : Duration.ofNanos(nanoClock.getAsLong() - startNanos);
    }

    @Override
    public String toString() {
        return "ForwardContext[numTokens=" + numTokens + ", graphMode=" + graphMode + ", batchDescriptor="
                + (batchDescriptor == null ? "none" : batchDescriptor.key()) + ", dpMetadata="
                + (dpMetadata == null ? "none" : dpMetadata) + ", virtualEngine=" + virtualEngine + "]";
    }

    private static @Nullable BatchDescriptor descriptorOf(Builder builder) {
        boolean canBeMade = builder.graphMode != CudaGraphMode.NONE && builder.numTokens.isPresent();
        return builder.batchDescriptor == null && canBeMade
                ? BatchDescriptor.of(builder.numTokens.getAsInt())
                : builder.batchDescriptor;
    }

    private static int numTokensOf(
            OptionalInt own, @Nullable BatchDescriptor descriptor, @Nullable DpMetadata dpMetadata) {
        if (own.isPresent()) {
            return own.getAsInt();
        }
        if (descriptor != null) {
            return descriptor.numTokens();
        }
        return dpMetadata != null ? dpMetadata.localTokens() : 0;
    }

    /** The time in which a context is current. One thread opens and closes it. */
    public interface Scope extends AutoCloseable {
        /**
         * Makes the context current again that was so before, or none. Closing a second time does nothing.
         *
         * @throws IllegalStateException on another thread than the one that opened the scope, or while a scope opened
         *     inside of it is still open; nothing changes then
         */
        @Override
        void close();
    }

    /** Collects what a context holds. Not thread-safe; can be used again after {@link #build()}. */
    public static final class Builder {
        private Map<String, ? extends AttentionMetadata> attentionMetadata = Map.of();
        private int virtualEngine;
        private @Nullable BatchDescriptor batchDescriptor;
        private @Nullable DpMetadata dpMetadata;
        private CudaGraphMode graphMode = CudaGraphMode.NONE;
        private OptionalInt numTokens = OptionalInt.empty();
        private Map<String, ?> additionalArguments = Map.of();
        private long startNanos;
        private @Nullable LongSupplier nanoClock;

        private Builder() {}

        /** What each layer's attention needs, by the layer's name. {@link #build()} copies a map that can change. */
        public Builder attentionMetadata(Map<String, ? extends AttentionMetadata> byLayer) {
            attentionMetadata = Objects.requireNonNull(byLayer, "attentionMetadata");
            return this;
        }

        /**
         * The pipeline-parallel slot whose cache the pass uses.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public Builder virtualEngine(int engine) {
            virtualEngine = requireNotNegative("virtualEngine", engine);
            return this;
        }

        /** The shape that the pass is padded to. */
        public Builder batchDescriptor(BatchDescriptor descriptor) {
            batchDescriptor = Objects.requireNonNull(descriptor, "batchDescriptor");
            return this;
        }

        /** The token counts of all data-parallel ranks. */
        public Builder dpMetadata(DpMetadata metadata) {
            dpMetadata = Objects.requireNonNull(metadata, "dpMetadata");
            return this;
        }

        /** How the pass uses graphs. */
        public Builder graphMode(CudaGraphMode mode) {
            graphMode = Objects.requireNonNull(mode, "graphMode");
            return this;
        }

        /**
         * Tokens of the pass.
         *
         * @throws IllegalArgumentException if the count is negative
         */
        public Builder numTokens(int tokens) {
            numTokens = OptionalInt.of(requireNotNegative("numTokens", tokens));
            return this;
        }

        /** What else the layers are to find, by name. {@link #build()} copies a map that can change. */
        public Builder additionalArguments(Map<String, ?> arguments) {
            additionalArguments = Objects.requireNonNull(arguments, "additionalArguments");
            return this;
        }

        /**
         * When the pass started, and the clock to measure it by.
         *
         * @param nanos the clock's reading at the start
         * @param clock a monotonic clock in nanoseconds, such as {@code System::nanoTime}
         */
        public Builder startedAt(long nanos, LongSupplier clock) {
            startNanos = nanos;
            nanoClock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * The context. Where a graph mode other than NONE and a token count are set but no descriptor, it gets one of
         * that many tokens.
         *
         * @throws NullPointerException if one of the maps holds a null
         */
        public ForwardContext build() {
            return new ForwardContext(this);
        }

        private static int requireNotNegative(String field, int value) {
            if (value < 0) {
                throw new IllegalArgumentException(field + " is " + value + "; allowed is 0 or more");
            }
            return value;
        }
    }
}
