package io.coxswain.worker.launch.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.rendezvous.Gathering.Refusal;
import io.coxswain.worker.launch.rendezvous.Gathering.Rules;
import io.coxswain.worker.launch.rendezvous.Gathering.Standing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class GatheringTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private static Gathering gathering(int min, int max) {
        return new Gathering(
                new Rules(new NodeCount(min, max), Duration.ofSeconds(30), Duration.ofSeconds(300)),
                node("host-a", OptionalInt.of(0), 2),
                0);
    }

    private static Applicant node(String host, OptionalInt wish, int workers) {
        return new Applicant(
                "night",
                wish,
                new Applicant.Location(host, "at-" + host, 4711),
                workers,
                Map.of("--seed", "7", "--verify", "true"));
    }

    private static Applicant node(String host) {
        return node(host, OptionalInt.empty(), 4);
    }

    private static List<Assigned> complete(Standing standing) {
        assertThat(standing).isInstanceOf(Standing.Complete.class);
        return ((Standing.Complete) standing).nodes();
    }

    @Test
    void shouldBeCompleteAtOnceWithASingleNode() {
        assertThat(complete(gathering(1, 1).at(0))).hasSize(1);
    }

    @Test
    void shouldGiveTheNodesRanksAndPlacesInTheOrderInWhichTheyCame() {
        Gathering gathering = gathering(3, 3);
        assertThat(gathering.join(5, node("host-c"), SECOND)).isEmpty();
        assertThat(gathering.join(2, node("host-b", OptionalInt.empty(), 3), SECOND))
                .isEmpty();

        List<Assigned> nodes = complete(gathering.at(SECOND));

        assertThat(nodes)
                .extracting(Assigned::name)
                .containsExactly(
                        "node 0 (host-a, at-host-a)", "node 1 (host-c, at-host-c)", "node 2 (host-b, at-host-b)");
        assertThat(nodes).extracting(Assigned::firstPlace).containsExactly(0, 2, 6);
        assertThat(nodes).extracting(Assigned::id).containsExactly(0, 5, 2);
        assertThat(((Standing.Complete) gathering.at(SECOND)).worldSize()).isEqualTo(9);
    }

    @Test
    void shouldGiveANodeTheRankThatItWasToldToHave() {
        Gathering gathering = gathering(3, 3);
        assertThat(gathering.join(1, node("host-b"), SECOND)).isEmpty();
        assertThat(gathering.join(2, node("host-c", OptionalInt.of(1), 4), SECOND))
                .isEmpty();

        assertThat(complete(gathering.at(SECOND)))
                .extracting(Assigned::name)
                .containsExactly(
                        "node 0 (host-a, at-host-a)", "node 1 (host-c, at-host-c)", "node 2 (host-b, at-host-b)");
    }

    @Test
    void shouldNumberTheNodesDenselyWhereSomeHaveNotCome() {
        Gathering gathering = gathering(2, 4);
        assertThat(gathering.join(1, node("host-d", OptionalInt.of(3), 4), 0)).isEmpty();

        List<Assigned> nodes = complete(gathering.at(31 * SECOND));

        assertThat(nodes).extracting(Assigned::rank).containsExactly(0, 1);
        assertThat(nodes.get(1).applicant().location().host()).isEqualTo("host-d");
    }

    @Test
    void shouldSayWhoHasComeAndWhoIsMissing() {
        Gathering gathering = gathering(4, 4);
        assertThat(gathering.join(1, node("host-c", OptionalInt.of(2), 4), SECOND))
                .isEmpty();

        assertThat(gathering.at(2 * SECOND))
                .isEqualTo(new Standing.Waiting("2 of 4 nodes have joined: node 0 (host-a, at-host-a),"
                        + " node 2 (host-c, at-host-c); missing: node 1, node 3"));
    }

    @Test
    void shouldGoOnWithTheFewestAfterTheLastCallAlone() {
        Gathering gathering = gathering(2, 3);
        assertThat(gathering.at(290 * SECOND)).isInstanceOf(Standing.Waiting.class);
        assertThat(gathering.join(1, node("host-b"), 290 * SECOND)).isEmpty();

        assertThat(gathering.at(319 * SECOND))
                .as("the timeout is for the fewest")
                .isInstanceOf(Standing.Waiting.class);
        assertThat(complete(gathering.at(320 * SECOND))).hasSize(2);
    }

    @Test
    void shouldMakeTheLastCallAnewWhenOneOfTheFewestHasGone() {
        Gathering gathering = gathering(2, 3);
        assertThat(gathering.join(1, node("host-b"), SECOND)).isEmpty();
        gathering.leave(1, 20 * SECOND);
        assertThat(gathering.join(2, node("host-c"), 25 * SECOND)).isEmpty();

        assertThat(gathering.at(40 * SECOND)).isInstanceOf(Standing.Waiting.class);
        assertThat(complete(gathering.at(55 * SECOND))).hasSize(2);
    }

    @Test
    void shouldGiveUpWhenTheFewestHaveNotComeInTime() {
        Gathering gathering = gathering(2, 2);

        assertThat(gathering.at(300 * SECOND - 1)).isInstanceOf(Standing.Waiting.class);
        assertThat(gathering.at(300 * SECOND))
                .isEqualTo(
                        new Standing.TimedOut("1 of 2 nodes have joined: node 0 (host-a, at-host-a); missing: node 1"));
    }

    @Test
    void shouldTellTheFieldAndBothValuesWhereSettingsDiffer() {
        Applicant other = new Applicant(
                "night",
                OptionalInt.empty(),
                new Applicant.Location("host-b", "b", 1),
                4,
                Map.of("--seed", "8", "--hidden-width", "64", "--verify", "true"));

        assertThat(gathering(2, 2).join(1, other, SECOND))
                .contains(new Refusal.Mismatch("--hidden-width: not given on node 0, '64' on this node;"
                        + " --seed: '7' on node 0, '8' on this node"));
    }

    @Test
    void shouldRefuseANodeOfAnotherRunButTakeOneThatLeavesItOpen() {
        Gathering gathering = gathering(3, 3);
        Applicant day = new Applicant(
                "day", OptionalInt.empty(), node("x").location(), 4, node("x").settings());
        Applicant open = new Applicant(
                "", OptionalInt.empty(), node("x").location(), 4, node("x").settings());

        assertThat(gathering.join(1, day, SECOND))
                .contains(
                        new Refusal.NotHere("--rdzv-id: the rendezvous is of run 'night', this node is of run 'day'"));
        assertThat(gathering.join(2, open, SECOND)).isEmpty();
    }

    @Test
    void shouldRefuseARankThatIsTakenOrOutOfRange() {
        Gathering gathering = gathering(3, 3);
        assertThat(gathering.join(1, node("host-b", OptionalInt.of(2), 4), SECOND))
                .isEmpty();

        assertThat(gathering.join(2, node("host-c", OptionalInt.of(2), 4), SECOND))
                .contains(new Refusal.Mismatch("--node-rank: '2' is taken by host-b, at-host-b, pid 4711"));
        assertThat(gathering.join(3, node("host-c", OptionalInt.of(0), 4), SECOND))
                .contains(new Refusal.Mismatch(
                        "--node-rank: '0' is refused; allowed is 1 to 2, as node 0 holds the" + " rendezvous"));
        assertThat(gathering.join(4, node("host-c", OptionalInt.of(3), 4), SECOND))
                .isPresent();
    }

    @Test
    void shouldRefuseANodeWithoutWorkersOrWithTooMany() {
        assertThat(gathering(2, 2).join(1, node("host-b", OptionalInt.empty(), 0), SECOND))
                .contains(new Refusal.Mismatch(
                        "--nproc-per-node: '0' is refused; allowed is a whole number from 1 to 1024"));
        assertThat(gathering(2, 2).join(1, node("host-b", OptionalInt.empty(), -1), SECOND))
                .isPresent();
    }

    @Test
    void shouldRefuseOneMoreThanTheMost() {
        Gathering gathering = gathering(1, 2);
        assertThat(gathering.join(1, node("host-b"), SECOND)).isEmpty();

        assertThat(gathering.join(2, node("host-c"), SECOND))
                .contains(new Refusal.NotHere("the launch has all of its 2 nodes"));
    }

    @Test
    void shouldReadNodeCounts() {
        assertThat(NodeCount.read("3")).contains(new NodeCount(3, 3));
        assertThat(NodeCount.read("2:4")).contains(new NodeCount(2, 4));
        assertThat(List.of("", "0", "2:1", "1:", ":2", "a", "1:1025", "99999"))
                .allSatisfy(text -> assertThat(NodeCount.read(text)).as(text).isEmpty());
    }
}
