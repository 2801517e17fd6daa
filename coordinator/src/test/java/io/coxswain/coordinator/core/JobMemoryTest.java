package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What one coordinator leaves behind, and what the next makes of it. */
class JobMemoryTest {

    private record Stream(String name) implements Link {}

    private static final long SECOND = 1_000_000_000L;
    private static final int MAX_RESTARTS = 2;

    private final Link asker = new Stream("asker");
    private Group group = reigning(1, JobMemory.NONE);

    @Test
    void shouldNotGrantTheBudgetOfRestartsAgainAfterATakeover() {
        join(0, 0, 2048);
        join(1, 0, 2048);
        assertThat(restart(0, 0, 10)).isEqualTo(RestartVerdict.Kind.GRANTED);
        assertThat(restart(1, 0, 20)).isEqualTo(RestartVerdict.Kind.GRANTED);

        group = reigning(2, group.memory(30 * SECOND));

        assertThat(restart(0, 1, 1)).isEqualTo(RestartVerdict.Kind.REFUSED);
    }

    @Test
    void shouldForgetRestartsOnceTheyAreOlderThanTheWindow() {
        join(0, 0, 2048);
        restart(0, 0, 10);
        restart(1, 0, 500);

        group = reigning(2, group.memory(550 * SECOND));

        assertThat(restart(0, 1, 40)).isEqualTo(RestartVerdict.Kind.REFUSED);
        group = reigning(3, group.memory(41 * SECOND));
        assertThat(restart(0, 1, 20)).isEqualTo(RestartVerdict.Kind.GRANTED);
        assertThat(group.memory(20 * SECOND).restarts().granted()).isEqualTo(3);
    }

    @Test
    void shouldRepeatWhatWasGrantedToWhoDidNotHearTheAnswer() {
        restart(0, 0, 10);
        restart(1, 0, 10);

        group = reigning(2, group.memory(11 * SECOND));

        assertThat(restart(0, 0, 1)).isEqualTo(RestartVerdict.Kind.GRANTED);
        assertThat(group.memory(2 * SECOND).restarts().granted()).isEqualTo(2);
    }

    @Test
    void shouldRefuseRanksWithOtherSettingsThanTheEarlierCoordinators() {
        join(0, 0, 2048);

        group = reigning(2, group.memory(SECOND));

        assertThat(join(0, 0, 1024)).containsExactly("SETTINGS_DIFFER");
        assertThat(join(0, 0, 2048)).isEmpty();
    }

    @Test
    void shouldSayThatSomethingHasChangedOnlyWhereItHas() {
        int before = group.memoryRevision();
        join(0, 0, 2048);
        int joined = group.memoryRevision();
        group.handle(new Input.Tick(), SECOND);

        assertThat(joined).isGreaterThan(before);
        assertThat(group.memoryRevision()).isEqualTo(joined);
        assertThat(group.memory(SECOND).places())
                .containsExactly(new JobMemory.PlaceMemory(0, new MemberId(100, 0), -1, -1, 0));
    }

    @Test
    void shouldNumberItsEpochsAboveThoseThatWereRemembered() {
        group = reigning(2, new JobMemory(null, 41, new JobMemory.SpentRestarts(0, List.of()), List.of()));
        join(0, 0, 2048);
        join(1, 0, 2048);

        assertThat(group.memory(0).highestEpoch()).isEqualTo(42);
    }

    @Test
    void shouldPassOverPlacesThatTheJobDoesNotHave() {
        var place = new JobMemory.PlaceMemory(7, new MemberId(1, 3), 2, 4, 1);

        group = reigning(2, new JobMemory(null, 0, new JobMemory.SpentRestarts(0, List.of()), List.of(place)));

        assertThat(group.memory(0).places()).isEmpty();
    }

    private static Group reigning(long term, JobMemory memory) {
        var timeouts = new GroupConfig.Timeouts(
                300 * SECOND,
                60 * SECOND,
                60 * SECOND,
                10 * SECOND,
                SECOND / 2,
                5 * SECOND,
                SECOND / 5,
                120 * SECOND,
                10 * SECOND);
        var limits = new GroupConfig.RestartLimits(MAX_RESTARTS, 600 * SECOND, 3);
        var resilience = new GroupConfig.Resilience(OnLoss.WAIT, 2, GroupConfig.Coordinators.REPLICATED, limits);
        return new Group(new GroupConfig("job", 2, timeouts, resilience), new TermId(term, 0xc0), memory, 0);
    }

    private List<String> join(int place, int attempt, int maxTokens) {
        var hello = new Hello(
                "job",
                new MemberId(100 + place, attempt),
                OptionalInt.of(place),
                new Hello.Origin("node", 1, "cpu", ""),
                new JobSettings(2, DecisionSettings.defaults(), maxTokens, Map.of()),
                CapturedSet.ALL,
                TermId.NONE,
                Hello.Standing.NEW);
        return group.handle(new Input.HelloReceived(new Stream("control " + place), hello), 0).stream()
                .filter(effect ->
                        effect instanceof Effect.SendControl send && send.message() instanceof ControlMessage.Refused)
                .map(effect -> ((ControlMessage.Refused) ((Effect.SendControl) effect).message())
                        .kind()
                        .name())
                .toList();
    }

    private RestartVerdict.Kind restart(int place, int attempt, long atSeconds) {
        return group.handle(new Input.MemberExited(asker, place, attempt, "killed"), atSeconds * SECOND).stream()
                .filter(Effect.AnswerExit.class::isInstance)
                .map(effect -> ((Effect.AnswerExit) effect).verdict().kind())
                .findFirst()
                .orElseThrow();
    }
}
