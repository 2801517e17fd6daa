package io.coxswain.worker.runner;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.feed.ReplaySpeed;
import io.coxswain.worker.feed.SyntheticTrace;
import io.coxswain.worker.feed.Trace;
import io.coxswain.worker.feed.TracePlayer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Random traces, ranks, limits, discarded steps and lost members; re-run one with -Dcoxswain.test.seed=N. */
class ReplayPropertyTest {
    private static final int TRACES = 40;

    @Test
    void shouldExecuteEveryTokenOfATraceExactlyOnceWhateverHappens() {
        long seed = Long.getLong("coxswain.test.seed", System.nanoTime());
        System.out.println("coxswain.test.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < TRACES; i++) {
            new Replay(random).run();
        }
    }

    private static final class Replay {
        private final SplittableRandom random;
        private final Trace trace;
        private final TracePlayer player;
        private final Rank[] ranks;
        private long nextMember = 1;
        private long completed;
        private long promptTokens;
        private long generatedTokens;
        private long forwardTokens;
        private long nowNanos;

        Replay(SplittableRandom random) {
            this.random = random;
            trace = SyntheticTrace.generate(random.nextLong(), random.nextInt(60));
            ReplaySpeed speed = random.nextBoolean() ? ReplaySpeed.AS_FAST_AS_POSSIBLE : new ReplaySpeed(10);
            player = new TracePlayer(trace, speed);
            ranks = new Rank[1 + random.nextInt(5)];
            for (int rank = 0; rank < ranks.length; rank++) {
                ranks[rank] = new Rank();
            }
        }

        void run() {
            while (!player.isExhausted()) {
                Rank rank = ranks[random.nextInt(ranks.length)];
                nowNanos += random.nextLong(100_000_000);
                rank.step();
                if (random.nextInt(500) == 0) {
                    player.memberLost(rank.member);
                    rank.restart();
                }
            }
            for (Rank rank : ranks) {
                assertThat(rank.batcher.isEmpty()).isTrue();
                rank.count();
            }
            // What a lost member had not reported is computed again; what it had is not.
            assertThat(player.totals().requests()).isEqualTo(trace.size());
            assertThat(player.totals().promptTokens()).isEqualTo(trace.totalPromptTokens());
            assertThat(player.totals().generatedTokens()).isEqualTo(trace.totalGeneratedTokens());
            assertThat(completed).isEqualTo(trace.size());
            if (player.totals().takenBack() == 0) {
                assertThat(promptTokens).isEqualTo(trace.totalPromptTokens());
                assertThat(generatedTokens).isEqualTo(trace.totalGeneratedTokens());
                assertThat(forwardTokens)
                        .isEqualTo(trace.totalPromptTokens() + trace.totalGeneratedTokens() - trace.size());
            } else {
                assertThat(promptTokens).isGreaterThanOrEqualTo(trace.totalPromptTokens());
            }
        }

        private final class Rank {
            private final BatchLimits limits = new BatchLimits(1 + random.nextInt(300), 1 + random.nextInt(20));
            private final Deque<ExecutedRequest> unreported = new ArrayDeque<>();
            private Batcher batcher = new Batcher(limits);
            private long member = nextMember++;

            void step() {
                for (int room = batcher.room(); room > 0; room--) {
                    FeedRequest request = player.handOut(member, nowNanos);
                    if (request == null) {
                        break;
                    }
                    batcher.add(request);
                }
                assertThat(batcher.plan().numTokens()).isBetween(0, limits.maxTokens());
                if (random.nextInt(10) == 0) {
                    batcher.discard();
                } else {
                    batcher.commit(unreported::add);
                }
                while (!unreported.isEmpty()) {
                    assertThat(player.finish(member, unreported.remove())).isEqualTo(TracePlayer.Verdict.COUNTED);
                }
            }

            void restart() {
                count();
                batcher = new Batcher(limits);
                member = nextMember++;
            }

            void count() {
                completed += batcher.requestsCompleted();
                promptTokens += batcher.promptTokens();
                generatedTokens += batcher.generatedTokens();
                forwardTokens += batcher.forwardTokens();
            }
        }
    }
}
