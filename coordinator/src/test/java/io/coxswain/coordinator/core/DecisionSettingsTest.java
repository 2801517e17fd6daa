package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class DecisionSettingsTest {

    @Test
    void shouldHaveTheDefaultsOfServingEngines() {
        DecisionSettings settings = DecisionSettings.defaults();

        assertThat(settings.captureSizes())
                .hasSize(51)
                .startsWith(1, 2, 4, 8, 16, 24)
                .contains(240, 248, 256, 272)
                .endsWith(480, 496, 512);
        assertThat(settings.graphMode()).isEqualTo(GraphModeSetting.FULL_AND_PIECEWISE);
        assertThat(settings.maxRequests()).isEqualTo(256);
        assertThat(settings.decodeQueryLength()).isEqualTo(1);
        assertThat(settings.microbatches()).isEqualTo(1);
        assertThat(settings.decodeThreshold()).isEqualTo(32);
        assertThat(settings.prefillThreshold()).isEqualTo(512);
        assertThat(settings.votes()).isEmpty();
    }

    @Test
    void shouldKeepEveryValueOfTheBuilder() {
        VoteDefinition sleep = new VoteDefinition("sleep", Reducer.ANY);

        DecisionSettings settings = DecisionSettings.builder()
                .captureSizes(List.of(3, 5))
                .graphMode(GraphModeSetting.FULL)
                .maxRequests(7)
                .decodeQueryLength(2)
                .microbatches(4)
                .decodeThreshold(11)
                .prefillThreshold(13)
                .votes(List.of(sleep))
                .build();

        assertThat(settings)
                .isEqualTo(new DecisionSettings(List.of(3, 5), GraphModeSetting.FULL, 7, 2, 4, 11, 13, List.of(sleep)));
    }

    @Test
    void shouldNotChangeWithTheListsItWasMadeOf() {
        List<Integer> sizes = new ArrayList<>(List.of(1, 2));

        DecisionSettings settings =
                DecisionSettings.builder().captureSizes(sizes).build();
        sizes.add(4);

        assertThat(settings.captureSizes()).containsExactly(1, 2);
    }

    @Test
    void shouldRefuseCaptureSizesThatDoNotAscend() {
        refuses(() -> DecisionSettings.builder().captureSizes(List.of(4, 2)).build(), "capture_sizes has 2 after 4");
        refuses(() -> DecisionSettings.builder().captureSizes(List.of(4, 4)).build(), "capture_sizes has 4 after 4");
        refuses(() -> DecisionSettings.builder().captureSizes(List.of(0, 4)).build(), "capture_sizes is 0");
    }

    @Test
    void shouldRefuseTooManyEntries() {
        List<Integer> sizes = IntStream.rangeClosed(1, 1025).boxed().toList();
        refuses(
                () -> DecisionSettings.builder().captureSizes(sizes).build(),
                "capture_sizes has 1025 entries; allowed are at most 1024");
        List<VoteDefinition> votes = IntStream.range(0, 65)
                .mapToObj(i -> new VoteDefinition("vote " + i, Reducer.MIN))
                .toList();
        refuses(() -> DecisionSettings.builder().votes(votes).build(), "votes has 65 entries; allowed are at most 64");
    }

    @Test
    void shouldRefuseNumbersBelowOneByName() {
        refuses(
                () -> DecisionSettings.builder().maxRequests(0).build(),
                "max_requests is 0; allowed are 1 to 2147483647");
        refuses(() -> DecisionSettings.builder().decodeQueryLength(0).build(), "decode_query_length is 0");
        refuses(() -> DecisionSettings.builder().microbatches(0).build(), "microbatches is 0");
        refuses(() -> DecisionSettings.builder().decodeThreshold(0).build(), "decode_threshold is 0");
        refuses(() -> DecisionSettings.builder().prefillThreshold(0).build(), "prefill_threshold is 0");
    }

    @Test
    void shouldShowANumberAboveTheIntRangeAsItWasSent() {
        refuses(
                () -> DecisionSettings.builder()
                        .maxRequests((int) 4_000_000_000L)
                        .build(),
                "max_requests is 4000000000");
    }

    @Test
    void shouldRefuseVotesThatCannotBeToldApart() {
        VoteDefinition sleep = new VoteDefinition("sleep", Reducer.ANY);
        refuses(
                () -> DecisionSettings.builder().votes(List.of(sleep, sleep)).build(),
                "votes has the name \"sleep\" twice");
        refuses(() -> new VoteDefinition("", Reducer.ANY), "votes.name has 0 characters; allowed are 1 to 64");
        refuses(() -> new VoteDefinition("x".repeat(65), Reducer.ANY), "votes.name has 65 characters");
    }

    @Test
    void shouldRefuseAnotherReducerForTheVoteThatEndsTheJob() {
        refuses(
                () -> new VoteDefinition(VoteDefinition.FINISHED, Reducer.ANY),
                "votes.finished.reducer is ANY; allowed is ALL");
    }

    @Test
    void shouldFindVotesByName() {
        DecisionSettings settings = DecisionSettings.builder()
                .votes(List.of(new VoteDefinition("a", Reducer.MIN), new VoteDefinition("b", Reducer.MAX)))
                .build();

        assertThat(settings.indexOfVote("b")).isEqualTo(1);
        assertThat(settings.indexOfVote("c")).isEqualTo(-1);
    }

    @Test
    void shouldNameNoDifferenceToEqualSettings() {
        assertThat(DecisionSettings.defaults().differencesTo(DecisionSettings.defaults()))
                .isEmpty();
    }

    @Test
    void shouldNameEveryDifferenceWithBothValues() {
        DecisionSettings ours =
                DecisionSettings.builder().captureSizes(List.of(1, 2)).build();
        DecisionSettings theirs = new DecisionSettings(
                List.of(1, 4),
                GraphModeSetting.NONE,
                8,
                2,
                3,
                16,
                64,
                Collections.singletonList(new VoteDefinition("sleep", Reducer.ANY)));

        assertThat(ours.differencesTo(theirs))
                .containsExactly(
                        new SettingDifference("capture_sizes", "[1, 2]", "[1, 4]"),
                        new SettingDifference("graph_mode", "FULL_AND_PIECEWISE", "NONE"),
                        new SettingDifference("max_requests", "256", "8"),
                        new SettingDifference("decode_query_length", "1", "2"),
                        new SettingDifference("microbatches", "1", "3"),
                        new SettingDifference("decode_threshold", "32", "16"),
                        new SettingDifference("prefill_threshold", "512", "64"),
                        new SettingDifference("votes", "[]", "[sleep:ANY]"));
    }

    private static void refuses(ThrowingCallable making, String message) {
        assertThatIllegalArgumentException().isThrownBy(making).withMessageStartingWith(message);
    }
}
