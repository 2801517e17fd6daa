package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.core.Hello.Numbering;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Who says which attempt of its place a member is, where nobody counts them but the coordinator. */
class AttemptsTest {

    private record Stream(String name) implements Link {}

    private static final long SECOND = 1_000_000_000L;
    private static final boolean ENDED = true;
    private static final boolean UNKNOWN = false;

    private Group group = reigning(1, JobMemory.NONE);

    @Test
    void shouldNumberThePlacesMembersFromZero() {
        assertThat(wants(10, 0, ENDED)).isEqualTo("place 0 attempt 0");
        assertThat(wants(11, 0, ENDED)).isEqualTo("place 0 attempt 1");
        assertThat(wants(12, 1, ENDED)).isEqualTo("place 1 attempt 0");
    }

    @Test
    void shouldGiveTheSameNumberAgainToWhoDidNotHearTheWelcome() {
        wants(10, 0, ENDED);

        assertThat(wants(10, 0, ENDED)).isEqualTo("place 0 attempt 0");
    }

    @Test
    void shouldGiveTheSamePlaceAgainToWhoWantsAny() {
        assertThat(says(hello(10, OptionalInt.empty(), 0, UNKNOWN, Numbering.WANTED)))
                .isEqualTo("place 0 attempt 0");
        assertThat(says(hello(10, OptionalInt.empty(), 0, UNKNOWN, Numbering.WANTED)))
                .isEqualTo("place 0 attempt 0");
        assertThat(says(hello(11, OptionalInt.empty(), 0, UNKNOWN, Numbering.WANTED)))
                .isEqualTo("place 1 attempt 0");
    }

    @Test
    void shouldTakeAPlaceFromItsHolderOnlyWhereThatIsSaidToHaveEnded() {
        wants(10, 0, UNKNOWN);

        assertThat(wants(11, 0, UNKNOWN))
                .isEqualTo(
                        "PLACE_TAKEN: place 0 is held by rank 0 (node, pid 1), and whoever started this member has not"
                                + " said that that one has ended");
        assertThat(wants(11, 0, ENDED)).isEqualTo("place 0 attempt 1");
    }

    @Test
    void shouldNumberAboveAllThatItHasHeardOf() {
        says(hello(10, OptionalInt.of(0), 7, UNKNOWN, Numbering.BY_STARTER));

        assertThat(wants(11, 0, ENDED)).isEqualTo("place 0 attempt 8");
    }

    @Test
    void shouldNumberAboveWhatAnEarlierCoordinatorHasGivenThoughItHasForgotten() {
        wants(10, 0, ENDED);
        wants(11, 0, ENDED);
        group = reigning(2, JobMemory.NONE);

        assertThat(wants(12, 0, ENDED)).isEqualTo("place 0 attempt 1000");
    }

    @Test
    void shouldNumberAboveWhatItRemembersOfAnEarlierCoordinator() {
        says(hello(10, OptionalInt.of(0), 4000, UNKNOWN, Numbering.BY_STARTER));
        group = reigning(2, group.memory(SECOND));

        assertThat(wants(11, 0, ENDED)).isEqualTo("place 0 attempt 4001");
    }

    @Test
    void shouldKeepTheNumberThatAnEarlierCoordinatorHasGiven() {
        assertThat(says(hello(10, OptionalInt.of(0), 1003, UNKNOWN, Numbering.BY_COORDINATOR)))
                .isEqualTo("place 0 attempt 1003");
    }

    @Test
    void shouldNotCountForAQuorumWhomNobodyKnowsToBeTheOnlyOneOfItsPlace() {
        wants(10, 0, UNKNOWN);
        wants(11, 1, UNKNOWN);

        assertThat(state()).isEqualTo(GroupState.JOINING);
    }

    @Test
    void shouldNotCountANumberZeroThatAForgetfulCoordinatorHasGiven() {
        says(hello(10, OptionalInt.of(0), 0, UNKNOWN, Numbering.BY_COORDINATOR));
        says(hello(11, OptionalInt.of(1), 0, UNKNOWN, Numbering.BY_COORDINATOR));

        assertThat(state()).isEqualTo(GroupState.JOINING);
    }

    @Test
    void shouldCountForAQuorumWhoseFormerMembersHaveEnded() {
        wants(10, 0, ENDED);
        wants(11, 1, ENDED);

        assertThat(state()).isEqualTo(GroupState.PREPARING);
    }

    @Test
    void shouldCountFirstStartsByTheWordOfWhoStartedThem() {
        says(hello(10, OptionalInt.of(0), 0, UNKNOWN, Numbering.BY_STARTER));
        says(hello(11, OptionalInt.of(1), 0, UNKNOWN, Numbering.BY_STARTER));

        assertThat(state()).isEqualTo(GroupState.PREPARING);
    }

    @Test
    void shouldNameAMemberByItsPod() {
        var origin = new Hello.Origin("node", 4711, "cpu", "", Map.of("pod", "worker-2", "uid", "1"));

        assertThat(origin.text()).isEqualTo("worker-2, pid 4711");
    }

    private GroupState state() {
        return group.snapshot(0).position().state();
    }

    private String wants(long member, int place, boolean predecessorEnded) {
        return says(hello(member, OptionalInt.of(place), 0, predecessorEnded, Numbering.WANTED));
    }

    private static Hello hello(long member, OptionalInt place, int attempt, boolean ended, Numbering numbering) {
        return new Hello(
                "job",
                new MemberId(member, attempt),
                place,
                new Hello.Origin("node", 1, "cpu", ""),
                new JobSettings(2, DecisionSettings.defaults(), 2048, Map.of()),
                CapturedSet.ALL,
                TermId.NONE,
                new Hello.Standing(null, 0, ended, numbering));
    }

    /** What the member is answered. */
    private String says(Hello hello) {
        var stream = new Stream("control of " + hello.member().id());
        List<String> answers = group.handle(new Input.HelloReceived(stream, hello), 0).stream()
                .filter(effect -> effect instanceof Effect.SendControl send
                        && send.control().equals(stream))
                .map(effect -> ((Effect.SendControl) effect).message())
                .flatMap(message -> {
                    if (message instanceof ControlMessage.Welcome welcome) {
                        return List.of("place " + welcome.place() + " attempt " + welcome.attempt()).stream();
                    }
                    return message instanceof ControlMessage.Refused refused
                            ? List.of(refused.kind() + ": " + refused.reason()).stream()
                            : List.<String>of().stream();
                })
                .toList();
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private static Group reigning(long term, JobMemory memory) {
        var limits = new GroupConfig.RestartLimits(2, 600 * SECOND, 3);
        var resilience = new GroupConfig.Resilience(OnLoss.WAIT, 2, GroupConfig.Coordinators.REPLICATED, limits);
        return new Group(
                new GroupConfig("job", 2, TestTimeouts.usual(), resilience), new TermId(term, 0xc0), memory, 0);
    }
}
