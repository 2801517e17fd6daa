package io.coxswain.worker.feed;

import java.util.SplittableRandom;

/**
 * The built-in trace. Its requests are shaped as those of the Azure conversation trace of 2023, at about a quarter of the
 * length: both token counts are log-normal, with that trace's spread (standard deviation of the logarithm 0.99 for prompts
 * and 0.86 for generated tokens), and arrivals are a Poisson process with its rate of 5.5 requests a second.
 *
 * <p>Before the limits, the mean of a log-normal value is median * exp(deviation^2 / 2): about 250 prompt tokens and 60
 * generated ones. The same on every JVM: it draws bits from {@link SplittableRandom} and computes with {@link StrictMath}.
 */
public final class SyntheticTrace {
    /** How many requests the trace has when nobody says. */
    public static final int DEFAULT_REQUESTS = 1000;

    private static final double PROMPT_MEDIAN = 153;
    private static final double PROMPT_DEVIATION = 0.99;
    private static final int PROMPT_MOST = 4096;
    private static final double GENERATED_MEDIAN = 41.5;
    private static final double GENERATED_DEVIATION = 0.86;
    private static final int GENERATED_MOST = 1000;
    private static final double MEAN_GAP_NANOS = 1e9 / 5.5;

    private final SplittableRandom random;

    private SyntheticTrace(long seed) {
        random = new SplittableRandom(seed);
    }

    /**
     * Makes a trace. A shorter trace of the same seed is the beginning of a longer one.
     *
     * @param count requests, 0 or more
     */
    public static Trace generate(long seed, int count) {
        if (count < 0) {
            throw new IllegalArgumentException("count is " + count + "; allowed are 0 to " + Integer.MAX_VALUE);
        }
        return new SyntheticTrace(seed).draw("built-in (seed " + seed + ")", count);
    }

    private Trace draw(String name, int count) {
        Trace.Builder builder = new Trace.Builder(name);
        long arrivalNanos = 0;
        for (int request = 0; request < count; request++) {
            int prompt = logNormal(PROMPT_MEDIAN, PROMPT_DEVIATION, PROMPT_MOST);
            int generated = logNormal(GENERATED_MEDIAN, GENERATED_DEVIATION, GENERATED_MOST);
            builder.add(prompt, generated, arrivalNanos);
            arrivalNanos += (long) (-MEAN_GAP_NANOS * StrictMath.log(uniform()));
        }
        return builder.build();
    }

    private int logNormal(double median, double deviation, int most) {
        double value = median * StrictMath.exp(deviation * gaussian());
        return (int) Math.min(most, Math.max(1, Math.rint(value)));
    }

    /** The Box-Muller transform, since the JDK's own differs between its versions. */
    private double gaussian() {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(uniform()));
        return radius * StrictMath.cos(2 * Math.PI * uniform());
    }

    /** In (0, 1], so that it has a logarithm. */
    private double uniform() {
        return ((random.nextLong() >>> 11) + 1) * 0x1.0p-53;
    }
}
