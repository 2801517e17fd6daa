package io.coxswain.worker.report;

import com.google.protobuf.ByteString;
import io.coxswain.v1.RankSummary;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/** Summaries for tests. */
public final class Summaries {
    private Summaries() {}

    /** A rank that executed one request of 10 prompt and 2 generated tokens in 3 steps, padded from 12 to 16 tokens. */
    public static RankSummary.Builder ofRank(int rank) {
        return RankSummary.newBuilder()
                .setRank(rank)
                .setPlace(rank)
                .setDevice("cpu")
                .setRequestsCompleted(1)
                .setPromptTokens(10)
                .setGeneratedTokens(2)
                .setSteps(3)
                .setIdleDecisions(1)
                .setRealTokens(12)
                .setPaddedTokens(16)
                .putGraphModes("NONE", 3)
                .putDescriptors(8, 2)
                .putDescriptors(0, 1)
                .setAgreementHistogram(histogram(1_000))
                .setStepHistogram(histogram(2_000));
    }

    /** What a feed counts that hears of the same from all ranks. */
    public static Executed executed(Collection<RankSummary> summaries) {
        return new Executed(
                sum(summaries, RankSummary::getRequestsCompleted),
                sum(summaries, RankSummary::getPromptTokens),
                sum(summaries, RankSummary::getGeneratedTokens),
                0);
    }

    private static long sum(Collection<RankSummary> summaries, ToLongFunction<RankSummary> member) {
        return summaries.stream().mapToLong(member).sum();
    }

    static ByteString histogram(long... values) {
        Histogram histogram = new Histogram(3);
        for (long value : values) {
            histogram.recordValue(value);
        }
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(buffer);
        return ByteString.copyFrom(buffer.array(), 0, length);
    }
}
