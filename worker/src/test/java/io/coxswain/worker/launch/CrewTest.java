package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.ChildGroup.Seat;
import io.coxswain.worker.launch.ChildProcess.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CrewTest {
    private final EventLoop loop = new EventLoop(System::nanoTime);
    private final Crew crew = new Crew(loop);

    /** Notes what it is told. */
    private static final class NotedNode implements Node {
        private final String host;
        private final List<String> told = new ArrayList<>();

        NotedNode(String host) {
            this.host = host;
        }

        @Override
        public String name() {
            return "the node on " + host;
        }

        @Override
        public String host() {
            return host;
        }

        @Override
        public void start(Seat seat) {
            told.add("start " + seat.place() + "." + seat.attempt());
        }

        @Override
        public void kill(int place) {
            told.add("kill " + place);
        }

        @Override
        public void terminateAll() {
            told.add("terminate");
        }

        @Override
        public void killAll() {
            told.add("kill");
        }
    }

    private final NotedNode first = new NotedNode("host-a");
    private final NotedNode second = new NotedNode("host-b");

    private void startAll() throws Exception {
        crew.add(first, new Topology.Share(0, 0, 2));
        crew.add(second, new Topology.Share(1, 2, 1));
        for (int place = 0; place < 3; place++) {
            crew.start(new Seat(place, 0));
            crew.onStarted(new Seat(place, 0), 100 + place);
        }
    }

    private static WorkerEnd end(int place, int attempt, int exitCode) {
        return new WorkerEnd(new Seat(place, attempt), 100 + place, exitCode, Cause.ITSELF, WorkerEnd.Tail.NONE);
    }

    @Test
    void shouldHaveEachWorkerStartedWhereItsPlaceIs() throws Exception {
        startAll();
        crew.kill(2);

        assertThat(first.told).containsExactly("start 0.0", "start 1.0");
        assertThat(second.told).containsExactly("start 2.0", "kill 2");
        assertThat(crew.nodeOf(1)).isEqualTo("the node on host-a");
    }

    @Test
    void shouldKeepEndsInTheOrderInWhichTheyWereHeardOf() throws Exception {
        startAll();

        assertThat(crew.onEnd(end(2, 0, 137))).isTrue();
        assertThat(crew.onEnd(end(0, 0, 3))).isTrue();

        assertThat(crew.endsInOrder()).extracting(ended -> ended.role().name()).containsExactly("rank 2", "rank 0");
        assertThat(crew.endsInOrder()).extracting(Crew.Ended::host).containsExactly("host-b", "host-a");
        assertThat(crew.allEnded()).isFalse();
    }

    @Test
    void shouldHearOfAnEndOnceAndOfTheLatestWorkerAlone() throws Exception {
        startAll();
        assertThat(crew.onEnd(end(1, 0, 137))).isTrue();
        crew.start(new Seat(1, 1));

        assertThat(crew.onEnd(end(1, 0, 137))).as("of the one before").isFalse();
        assertThat(crew.endsInOrder()).as("its successor runs").isEmpty();
        assertThat(crew.onEnd(end(1, 1, 0))).isTrue();
        assertThat(crew.onEnd(end(1, 1, 0))).as("twice").isFalse();
    }

    @Test
    void shouldCountTheWorkersOfALostNodeAsEnded() throws Exception {
        startAll();
        assertThat(crew.onEnd(end(0, 0, 0))).isTrue();
        assertThat(crew.onEnd(end(1, 0, 0))).isTrue();

        assertThat(crew.runsOn(1)).isTrue();
        assertThat(crew.onNodeLost(1)).extracting(WorkerEnd::place).containsExactly(2);

        assertThat(crew.allEnded()).isTrue();
        assertThat(crew.takesWorkers(2)).isFalse();
        assertThat(crew.endsInOrder()).last().satisfies(ended -> {
            assertThat(ended.end().cause()).isEqualTo(Cause.NODE_LOST);
            assertThat(ended.end().pid()).isEqualTo(102);
            assertThat(ended.host()).isEqualTo("host-b");
        });
    }

    @Test
    void shouldKillOnAllNodesWhatIsLeftAfterTheGrace() throws Exception {
        startAll();
        loop.post(() -> crew.onEnd(end(0, 0, 143)));

        crew.end(Duration.ZERO, () -> false);

        assertThat(first.told).endsWith("terminate", "kill");
        assertThat(second.told).endsWith("terminate", "kill");
    }

    @Test
    void shouldKillNobodyWhereAllHaveEndedWithinTheGrace() throws Exception {
        startAll();
        for (int place = 0; place < 3; place++) {
            int ended = place;
            loop.post(() -> crew.onEnd(end(ended, 0, 143)));
        }

        crew.end(Duration.ofSeconds(30), () -> false);

        assertThat(first.told).last().isEqualTo("terminate");
    }
}
