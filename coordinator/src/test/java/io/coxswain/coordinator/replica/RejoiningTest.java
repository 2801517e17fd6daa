package io.coxswain.coordinator.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.engine.Scheduler;
import io.coxswain.coordinator.store.ReplicaProcess;
import io.coxswain.coordinator.store.Replicas;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class RejoiningTest {

    private final Clock clock = new Clock();
    private final List<Duration> rejoined = new ArrayList<>();
    private final Rejoining rejoining = new Rejoining(clock, () -> rejoined.add(Duration.ofNanos(clock.nowNanos)));

    @Test
    void shouldWaitForTheOthersAndThenJoinAgainLessAndLessOften() {
        rejoining.replicas(seen(1));

        clock.passes(Duration.ofSeconds(40));

        assertThat(rejoined).containsExactly(Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    @Test
    void shouldStayWhereTheOthersComeInTime() {
        rejoining.replicas(seen(1));
        clock.passes(Duration.ofSeconds(9));

        rejoining.replicas(seen(2));
        clock.passes(Duration.ofSeconds(60));

        assertThat(rejoined).isEmpty();
    }

    @Test
    void shouldJoinAgainAsSoonAsItSeesThatItWasLeftBehindWhileItStoodStill() {
        rejoining.stoodStill();
        clock.passes(Duration.ofSeconds(5));
        rejoining.replicas(seen(1));

        clock.passes(Duration.ofSeconds(1));

        assertThat(rejoined).hasSize(1);
        clock.passes(Duration.ofSeconds(60));
        assertThat(rejoined).as("and then as patiently as else").hasSize(3);
    }

    @Test
    void shouldNotWaitForOthersAnyMoreOnceItKnowsThatItStoodStill() {
        rejoining.replicas(seen(1));
        rejoining.stoodStill();

        clock.passes(Duration.ofSeconds(1));

        assertThat(rejoined).hasSize(1);
    }

    /** Where all stood still, they hold what is stored between them: none of them may leave. */
    @Test
    void shouldStayWhereItSeesTheOthersThoughItStoodStill() {
        rejoining.replicas(seen(3));
        rejoining.stoodStill();

        clock.passes(Duration.ofSeconds(60));

        assertThat(rejoined).isEmpty();
    }

    @Test
    void shouldNotCountAPauseThatIsLongOver() {
        rejoining.stoodStill();
        clock.passes(Duration.ofSeconds(21));
        rejoining.replicas(seen(1));

        clock.passes(Duration.ofSeconds(9));

        assertThat(rejoined).isEmpty();
    }

    /** So many of three. */
    private static Replicas seen(int count) {
        List<Replicas.Replica> seen = new ArrayList<>();
        for (long id = 1; id <= count; id++) {
            seen.add(new Replicas.Replica(id, new ReplicaProcess("node" + id, id, "node:" + id), "store:" + id));
        }
        return new Replicas(seen, 3);
    }

    /** Time that passes when it is told to. */
    private static final class Clock implements Scheduler {
        private final List<Task> tasks = new ArrayList<>();
        private long nowNanos;

        private record Task(long dueNanos, Runnable work) {}

        void passes(Duration time) {
            long until = nowNanos + time.toNanos();
            while (true) {
                Task next = tasks.stream()
                        .filter(task -> task.dueNanos() <= until)
                        .min(Comparator.comparingLong(Task::dueNanos))
                        .orElse(null);
                if (next == null) {
                    nowNanos = until;
                    return;
                }
                tasks.remove(next);
                nowNanos = next.dueNanos();
                next.work().run();
            }
        }

        @Override
        public Timer schedule(Runnable task, long delayNanos) {
            var scheduled = new Task(nowNanos + delayNanos, task);
            tasks.add(scheduled);
            return () -> tasks.remove(scheduled);
        }

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public boolean isCurrentThread() {
            return true;
        }
    }
}
