package io.coxswain.worker.bench;

import io.coxswain.v1.CapturedSet;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobSettings;
import io.coxswain.v1.Member;
import io.coxswain.v1.VoteDefinition;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** How a rank of the benchmark introduces itself: as a worker with the default settings that has captured all graphs. */
final class BenchHello {
    /** Position of the vote that ends the job when all ranks give it and none has tokens. */
    static final int FINISHED_VOTE = 0;

    private static final int MAX_TOKENS_PER_STEP = 2048;

    private BenchHello() {}

    static Hello of(String job, int worldSize, int place) {
        return Hello.newBuilder()
                .setJob(job)
                .setMember(Member.newBuilder().setId(ThreadLocalRandom.current().nextLong() | 1))
                .setPlace(place)
                .setHost("localhost")
                .setPid((int) ProcessHandle.current().pid())
                .setDevice("none (benchmark)")
                .setSettings(settings(worldSize))
                .setCaptured(CapturedSet.newBuilder().setAll(true))
                .build();
    }

    private static JobSettings settings(int worldSize) {
        return JobSettings.newBuilder()
                .setWorldSize(worldSize)
                .addAllCaptureSizes(defaultCaptureSizes())
                .setGraphMode(JobSettings.GraphSetting.GRAPH_SETTING_FULL_AND_PIECEWISE)
                .setMaxRequests(256)
                .setDecodeQueryLength(1)
                .setMicrobatches(1)
                .setDecodeThreshold(32)
                .setPrefillThreshold(512)
                .setMaxTokensPerStep(MAX_TOKENS_PER_STEP)
                .addVotes(
                        VoteDefinition.newBuilder().setName("finished").setReducer(VoteDefinition.Reducer.REDUCER_ALL))
                .build();
    }

    /** 1, 2, 4, then 8 to 248 by 8 and 256 to 512 by 16. */
    private static List<Integer> defaultCaptureSizes() {
        IntStream small = IntStream.of(1, 2, 4);
        IntStream middle = IntStream.iterate(8, size -> size < 256, size -> size + 8);
        IntStream large = IntStream.iterate(256, size -> size <= 512, size -> size + 16);
        return IntStream.concat(IntStream.concat(small, middle), large).boxed().toList();
    }
}
