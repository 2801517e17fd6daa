package io.coxswain.worker.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardTimingTrackerTest {
    private static final Duration MINUTE = ForwardTimingTracker.DEFAULT_LOG_INTERVAL;
    /** Far below zero, as System.nanoTime may be. */
    private final AtomicLong clock = new AtomicLong(-5_000_000_000_000L);

    private final ForwardTimingTracker tracker = new ForwardTimingTracker(MINUTE, clock::get);

    /** Times in milliseconds; then mean, p50 and p99 as numpy 2.4 prints them, minimum and maximum. */
    static Stream<Arguments> numpyCases() {
        return Stream.of(
                Arguments.of(millis(1.5, 2.5), new TimingStats(2, 2.0, 2.0, 2.49, 1.5, 2.5)),
                Arguments.of(millis(5, 1, 4, 2), new TimingStats(4, 3.0, 3.0, 4.97, 1, 5)),
                Arguments.of(millis(0.1, 0.7, 0.3, 1.9, 12.25), new TimingStats(5, 3.05, 0.7, 11.836, 0.1, 12.25)),
                Arguments.of(millis(7.25, 7.25, 7.25), new TimingStats(3, 7.25, 7.25, 7.25, 7.25, 7.25)),
                Arguments.of(millis(0, 0), new TimingStats(2, 0, 0, 0, 0, 0)),
                Arguments.of(
                        generatedMillis(37), new TimingStats(37, 40.276756756756754, 37.866, 90.10392, 0.899, 90.519)),
                Arguments.of(
                        generatedMillis(1024),
                        new TimingStats(1024, 48.131375, 47.028999999999996, 99.27314999999999, 0.023, 99.996)));
    }

    @ParameterizedTest
    @MethodSource("numpyCases")
    void shouldGiveTheStatisticsThatNumpyGives(double[] times, TimingStats numpy) {
        for (double time : times) {
            tracker.record(16, time);
        }
        TimingStats stats = statsOf(16);

        assertThat(stats.count()).isEqualTo(numpy.count());
        // numpy sums in pairs, so a mean may differ in the last bits; nothing else does.
        assertThat(stats.meanMillis()).isCloseTo(numpy.meanMillis(), within(1e-12));
        assertThat(stats.p50Millis()).isEqualTo(numpy.p50Millis());
        assertThat(stats.p99Millis()).isEqualTo(numpy.p99Millis());
        assertThat(stats.minMillis()).isEqualTo(numpy.minMillis());
        assertThat(stats.maxMillis()).isEqualTo(numpy.maxMillis());
    }

    @Test
    void shouldKeepBatchSizesApartAndInOrder() {
        for (int batchSize : new int[] {256, 0, 8}) {
            tracker.record(batchSize, batchSize);
            tracker.record(batchSize, batchSize + 1.0);
        }

        assertThat(tracker.stats()).containsOnlyKeys(0, 8, 256);
        assertThat(tracker.stats().firstKey()).isZero();
        assertThat(statsOf(256).meanMillis()).isEqualTo(256.5);
    }

    @Test
    void shouldLeaveOutABatchSizeWithOneSample() {
        tracker.record(8, 1.0);
        assertThat(tracker.stats()).isEmpty();

        tracker.record(8, 2.0);
        assertThat(tracker.stats()).containsOnlyKeys(8);
    }

    @Test
    void shouldGiveStatisticsThatDoNotChange() {
        tracker.record(8, 1.0);
        tracker.record(8, 2.0);
        var stats = tracker.stats();
        tracker.record(8, 300.0);

        assertThat(stats).containsEntry(8, new TimingStats(2, 1.5, 1.5, 1.99, 1.0, 2.0));
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(stats::clear);
    }

    @Test
    void shouldSampleTheWholeRunOnceThereAreMoreTimesThanItKeeps() {
        int passes = 100_000;
        for (int i = 1; i <= passes; i++) {
            tracker.record(8, i);
        }
        TimingStats stats = statsOf(8);

        assertThat(stats.count()).isEqualTo(passes);
        assertThat(stats.meanMillis()).isEqualTo(50_000.5);
        assertThat(stats.minMillis()).isEqualTo(1);
        assertThat(stats.maxMillis()).isEqualTo(passes);
        // Five standard deviations of the documented error: 1.5625 and 0.3109 points.
        assertThat(stats.p50Millis()).isBetween(42_187.0, 57_813.0);
        assertThat(stats.p99Millis()).isBetween(97_445.0, 100_000.0);
    }

    @Test
    void shouldCountWhatItCannotTrackUntilCleared() {
        int limit = ForwardTimingTracker.MAX_BATCH_SIZES;
        for (int batchSize = 0; batchSize < limit + 3; batchSize++) {
            tracker.record(batchSize, 1.0);
            tracker.record(batchSize, 2.0);
        }
        assertThat(tracker.stats()).hasSize(limit).doesNotContainKey(limit);
        assertThat(tracker.untracked()).isEqualTo(6);

        tracker.clear();
        tracker.record(limit, 1.0);
        tracker.record(limit, 2.0);
        assertThat(tracker.stats()).containsOnlyKeys(limit);
        assertThat(tracker.untracked()).isZero();
    }

    @Test
    void shouldLogAtTheFirstCallAndThenOnceAnInterval() {
        assertThat(tracker.shouldLog()).isTrue();
        assertThat(tracker.shouldLog()).isFalse();
        clock.addAndGet(MINUTE.toNanos() - 1);
        assertThat(tracker.shouldLog()).isFalse();
        clock.addAndGet(1);
        assertThat(tracker.shouldLog()).isTrue();
        assertThat(tracker.shouldLog()).isFalse();
    }

    @Test
    void shouldCountAnIntervalFromTheLogAndNotFromTheStart() {
        tracker.shouldLog();
        clock.addAndGet(MINUTE.toNanos() * 5 / 2);
        assertThat(tracker.shouldLog()).isTrue();
        clock.addAndGet(MINUTE.toNanos() / 2);
        assertThat(tracker.shouldLog()).isFalse();
    }

    @Test
    void shouldKeepTheIntervalAcrossTheClocksOverflow() {
        clock.set(Long.MAX_VALUE);
        assertThat(tracker.shouldLog()).isTrue();
        clock.addAndGet(1);
        assertThat(tracker.shouldLog()).isFalse();
        clock.addAndGet(MINUTE.toNanos());
        assertThat(tracker.shouldLog()).isTrue();
    }

    @Test
    void shouldNotLogEarlierBecauseItWasCleared() {
        tracker.shouldLog();
        tracker.clear();

        assertThat(tracker.shouldLog()).isFalse();
    }

    @Test
    void shouldLogAtEveryCallWithAnIntervalOfZero() {
        ForwardTimingTracker eager = new ForwardTimingTracker(Duration.ZERO, clock::get);

        assertThat(List.of(eager.shouldLog(), eager.shouldLog())).containsExactly(true, true);
    }

    @Test
    void shouldLoseNoTimeAndLogOnceWhenManyThreadsUseIt() throws Exception {
        int threads = 4;
        int passes = 20_000;
        CountDownLatch start = new CountDownLatch(1);
        Callable<Boolean> recordAndAsk = () -> {
            start.await();
            for (int i = 0; i < passes; i++) {
                tracker.record(i % 3, 1.0);
                if (i % 1000 == 0) {
                    tracker.stats();
                }
            }
            return tracker.shouldLog();
        };
        int logs = 0;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Boolean>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(pool.submit(recordAndAsk));
            }
            start.countDown();
            for (Future<Boolean> one : running) {
                logs += one.get(60, TimeUnit.SECONDS) ? 1 : 0;
            }
        } finally {
            pool.shutdownNow();
        }

        assertThat(tracker.stats().values().stream()
                        .mapToLong(TimingStats::count)
                        .sum())
                .isEqualTo((long) threads * passes);
        assertThat(logs).isEqualTo(1);
    }

    @Test
    void shouldHaveOneInstanceInTheProcess() {
        assertThat(ForwardTimingTracker.instance()).isSameAs(ForwardTimingTracker.instance());
        assertThat(MINUTE).isEqualTo(Duration.ofSeconds(60));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.001, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void shouldRefuseATimeThatIsNone(double millis) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tracker.record(8, millis))
                .withMessage("millis is " + millis + "; allowed is a finite number, 0 or more");
    }

    @Test
    void shouldRefuseANegativeBatchSize() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tracker.record(-1, 1.0))
                .withMessage("batchSize is -1; allowed is 0 or more");
    }

    @Test
    void shouldRefuseAnIntervalThatIsNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ForwardTimingTracker(Duration.ofSeconds(-1), clock::get))
                .withMessage("logInterval is PT-1S; allowed is PT0S to PT2562047H47M16.854775807S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ForwardTimingTracker(Duration.ofSeconds(Long.MAX_VALUE), clock::get))
                .withMessageStartingWith("logInterval is PT2562047788015215H30M7S; allowed is PT0S to");
    }

    private TimingStats statsOf(int batchSize) {
        return Objects.requireNonNull(tracker.stats().get(batchSize), () -> "no statistics of " + batchSize);
    }

    private static double[] millis(double... values) {
        return values;
    }

    /** The linear congruential generator 1103515245 * x + 12345 mod 2^31 from 1, the last five digits as microseconds. */
    private static double[] generatedMillis(int count) {
        double[] times = new double[count];
        long x = 1;
        for (int i = 0; i < count; i++) {
            x = (x * 1_103_515_245 + 12_345) % (1L << 31);
            times[i] = (x % 100_000) / 1000.0;
        }
        return times;
    }
}
