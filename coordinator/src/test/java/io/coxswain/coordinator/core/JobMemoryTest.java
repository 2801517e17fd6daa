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
    private final List<Link> controls = List.of(new Stream("control 0"), new Stream("control 1"));
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
        group = reigning(
                2,
                new JobMemory(
                        null, 41, JobMemory.EpochCounts.NONE, new JobMemory.SpentRestarts(0, List.of()), List.of()));
        join(0, 0, 2048);
        join(1, 0, 2048);

        assertThat(group.memory(0).highestEpoch()).isEqualTo(42);
    }

    @Test
    void shouldGoOnCountingEpochsWhereTheEarlierCoordinatorStopped() {
        var before = new JobMemory.EpochCounts(3, 1);
        group = reigning(2, new JobMemory(null, 4, before, new JobMemory.SpentRestarts(0, List.of()), List.of()));
        startEpoch(5);
        assertThat(group.memory(0).epochs()).isEqualTo(new JobMemory.EpochCounts(4, 1));
        int revision = group.memoryRevision();

        group.handle(new Input.LeaveReceived(control(1), "tired"), 0);

        assertThat(group.memoryRevision()).isGreaterThan(revision);
        assertThat(group.memory(0).epochs()).isEqualTo(new JobMemory.EpochCounts(4, 2));
        assertThat(group.snapshot(0).counters().changes()).isEqualTo(new GroupSnapshot.Changes(4, 2, 0));
    }

    @Test
    void shouldCountAnEpochOnceHoweverManyCoordinatorsItHas() {
        inherit(new JobMemory(
                null, 4, new JobMemory.EpochCounts(3, 1), new JobMemory.SpentRestarts(0, List.of()), List.of()));
        assertThat(group.memory(0).epochs()).isEqualTo(new JobMemory.EpochCounts(3, 1));

        inherit(JobMemory.NONE);
        assertThat(group.memory(0).epochs()).isEqualTo(new JobMemory.EpochCounts(1, 0));
    }

    private void startEpoch(long number) {
        join(0, 0, 2048);
        join(1, 0, 2048);
        var epoch = new EpochId(new TermId(2, 0xc0), number);
        group.handle(new Input.PreparedReceived(control(0), epoch), 0);
        group.handle(new Input.PreparedReceived(control(1), epoch), 0);
        assertThat(group.state()).isEqualTo(GroupState.RUNNING);
    }

    /** Both members come from epoch 4 of term 1. */
    private void inherit(JobMemory memory) {
        group = reigning(2, memory);
        var origin = new Hello.Origin("node", 1, "cpu", "");
        var epoch = new EpochId(new TermId(1, 0xc1), 4);
        var ranks = List.of(
                new ControlMessage.RankInfo(0, new MemberId(100, 0), origin),
                new ControlMessage.RankInfo(1, new MemberId(101, 0), origin));
        var attachment = new Attachment(epoch, Attachment.State.RUNNING, ranks, null, null);
        for (int place = 0; place < 2; place++) {
            join(place, 0, 2048, new Hello.Standing(attachment, 4, false));
            group.handle(new Input.HeartbeatReceived(control(place), RankProgress.NONE), 0);
        }
        assertThat(group.state()).isEqualTo(GroupState.RUNNING);
    }

    private Link control(int place) {
        return controls.get(place);
    }

    @Test
    void shouldPassOverPlacesThatTheJobDoesNotHave() {
        var place = new JobMemory.PlaceMemory(7, new MemberId(1, 3), 2, 4, 1);

        group = reigning(
                2,
                new JobMemory(
                        null,
                        0,
                        JobMemory.EpochCounts.NONE,
                        new JobMemory.SpentRestarts(0, List.of()),
                        List.of(place)));

        assertThat(group.memory(0).places()).isEmpty();
    }

    private static Group reigning(long term, JobMemory memory) {
        var limits = new GroupConfig.RestartLimits(MAX_RESTARTS, 600 * SECOND, 3);
        var resilience = new GroupConfig.Resilience(OnLoss.WAIT, 2, GroupConfig.Coordinators.REPLICATED, limits);
        return new Group(
                new GroupConfig("job", 2, TestTimeouts.usual(), resilience), new TermId(term, 0xc0), memory, 0);
    }

    private List<String> join(int place, int attempt, int maxTokens) {
        return join(place, attempt, maxTokens, Hello.Standing.NEW);
    }

    private List<String> join(int place, int attempt, int maxTokens, Hello.Standing standing) {
        var hello = new Hello(
                "job",
                new MemberId(100 + place, attempt),
                OptionalInt.of(place),
                new Hello.Origin("node", 1, "cpu", ""),
                new JobSettings(2, DecisionSettings.defaults(), maxTokens, Map.of()),
                CapturedSet.ALL,
                TermId.NONE,
                standing);
        return group.handle(new Input.HelloReceived(control(place), hello), 0).stream()
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
