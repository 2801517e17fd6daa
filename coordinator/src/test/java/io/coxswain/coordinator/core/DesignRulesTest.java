package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.types.CudaGraphMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Compares with the rules written down as they read, lists and loops, over random groups: with captured subsets and ranks
 * without tokens, which the vLLM cases do not have.
 */
class DesignRulesTest {

    private static final int GROUPS = 20_000;
    private static final long SEED = Long.getLong("coxswain.test.seed", System.nanoTime());

    private static final List<GraphModeSetting> MODES = List.of(GraphModeSetting.values());

    private final Random random = new Random(SEED);

    @Test
    void shouldFollowTheRulesAsTheyRead() {
        for (int group = 0; group < GROUPS; group++) {
            DecisionSettings settings = randomSettings();
            List<GraphKey> graphs = randomSubset(GraphTable.calledFor(settings));
            RankFacts[] reports = randomReports(settings);

            Decision decision = StepDecider.decide(GraphTable.of(settings, CapturedSet.of(graphs)), reports);

            assertThat(outcome(decision))
                    .as("seed %d, group %d, %s, %s", SEED, group, settings, Arrays.toString(reports))
                    .isEqualTo(asTheRulesRead(settings, graphs, reports));
        }
    }

    @Test
    void shouldNotDependOnTheOrderOfTheRanks() {
        for (int group = 0; group < GROUPS / 10; group++) {
            DecisionSettings settings = randomSettings();
            GraphTable graphs = GraphTable.of(settings, CapturedSet.of(randomSubset(GraphTable.calledFor(settings))));
            RankFacts[] reports = randomReports(settings);
            List<RankFacts> shuffled = new ArrayList<>(Arrays.asList(reports));
            Collections.shuffle(shuffled, random);

            Decision decision = StepDecider.decide(graphs, reports);
            Decision other = StepDecider.decide(graphs, shuffled.toArray(RankFacts[]::new));

            assertThat(other.graph()).as("seed %d, group %d", SEED, group).isEqualTo(decision.graph());
            assertThat(other.reported()).isEqualTo(decision.reported());
            assertThat(other.gather()).isEqualTo(decision.gather());
            assertThat(other.microbatches()).isEqualTo(decision.microbatches());
        }
    }

    private record Outcome(@Nullable GraphKey graph, List<Integer> tokens, int microbatches, Gather gather) {}

    private static Outcome outcome(Decision decision) {
        return new Outcome(
                decision.graph(),
                Arrays.stream(decision.numTokensAcrossDp()).boxed().toList(),
                decision.microbatches(),
                decision.gather());
    }

    private static Outcome asTheRulesRead(DecisionSettings settings, List<GraphKey> graphs, RankFacts[] reports) {
        List<RankFacts> all = List.of(reports);
        List<RankFacts> busy =
                all.stream().filter(facts -> facts.numTokens() > 0).toList();
        if (busy.isEmpty()) {
            return new Outcome(null, List.of(), 1, Gather.PADDED);
        }
        int largest = all.stream().mapToInt(RankFacts::numTokens).max().orElseThrow();
        int smallest = all.stream().mapToInt(RankFacts::numTokens).min().orElseThrow();
        int requests = all.stream().mapToInt(RankFacts::numRequests).max().orElseThrow();
        boolean shared =
                busy.stream().mapToInt(RankFacts::uniformTokenCount).distinct().count() == 1;
        int uniform = shared ? busy.get(0).uniformTokenCount() : RankFacts.NOT_UNIFORM;
        int threshold =
                uniform == settings.decodeQueryLength() ? settings.decodeThreshold() : settings.prefillThreshold();
        if (settings.microbatches() > 1
                && smallest > 0
                && smallest >= threshold
                && all.stream().allMatch(RankFacts::allowMicrobatches)) {
            GraphKey graph = first(graphs, CudaGraphMode.FULL, true, largest, requests, uniform);
            return padded(
                    graph != null && graph.tokens() <= 2 * smallest ? graph : null,
                    largest,
                    all,
                    settings.microbatches());
        }
        if (busy.stream().allMatch(facts -> !facts.eager() && hasGraph(graphs, facts))) {
            return padded(dispatch(graphs, largest, requests, uniform), largest, all, 1);
        }
        List<Integer> raw = all.stream().map(RankFacts::numTokens).toList();
        int sum = raw.stream().mapToInt(Integer::intValue).sum();
        return new Outcome(null, raw, 1, 2 * sum >= largest * all.size() ? Gather.PADDED : Gather.VARIABLE);
    }

    private static Outcome padded(@Nullable GraphKey graph, int largest, List<RankFacts> all, int microbatches) {
        int tokens = graph == null ? largest : graph.tokens();
        return new Outcome(graph, Collections.nCopies(all.size(), tokens), microbatches, Gather.PADDED);
    }

    private static boolean hasGraph(List<GraphKey> graphs, RankFacts facts) {
        return dispatch(graphs, facts.numTokens(), facts.numRequests(), facts.uniformTokenCount()) != null;
    }

    private static @Nullable GraphKey dispatch(List<GraphKey> graphs, int tokens, int requests, int uniform) {
        GraphKey full = first(graphs, CudaGraphMode.FULL, false, tokens, requests, uniform);
        return full != null ? full : first(graphs, CudaGraphMode.PIECEWISE, false, tokens, requests, uniform);
    }

    private static @Nullable GraphKey first(
            List<GraphKey> graphs, CudaGraphMode mode, boolean twin, int tokens, int requests, int uniform) {
        int size = graphs.stream()
                .filter(graph -> graph.mode() == mode && graph.tokens() >= tokens)
                .mapToInt(GraphKey::tokens)
                .min()
                .orElse(0);
        return graphs.stream()
                .filter(graph -> graph.mode() == mode && graph.tokens() == size && graph.twin() == twin)
                .filter(graph -> graph.requests() == GraphKey.ANY || graph.requests() >= requests)
                .filter(graph -> graph.uniform() == GraphKey.ANY || graph.uniform() == uniform)
                .findFirst()
                .orElse(null);
    }

    private DecisionSettings randomSettings() {
        TreeSet<Integer> sizes = new TreeSet<>();
        for (int i = random.nextInt(8); i > 0; i--) {
            sizes.add(1 + random.nextInt(48));
        }
        return DecisionSettings.builder()
                .captureSizes(List.copyOf(sizes))
                .graphMode(MODES.get(random.nextInt(MODES.size())))
                .maxRequests(1 + random.nextInt(32))
                .decodeQueryLength(1 + random.nextInt(3))
                .microbatches(1 + random.nextInt(3))
                .decodeThreshold(1 + random.nextInt(16))
                .prefillThreshold(1 + random.nextInt(32))
                .build();
    }

    private List<GraphKey> randomSubset(List<GraphKey> graphs) {
        boolean most = random.nextBoolean();
        return graphs.stream().filter(graph -> most || random.nextBoolean()).toList();
    }

    private RankFacts[] randomReports(DecisionSettings settings) {
        RankFacts[] reports = new RankFacts[1 + random.nextInt(5)];
        boolean allDecode = random.nextBoolean();
        for (int rank = 0; rank < reports.length; rank++) {
            reports[rank] = randomFacts(settings, allDecode);
        }
        return reports;
    }

    private RankFacts randomFacts(DecisionSettings settings, boolean decode) {
        if (random.nextInt(8) == 0) {
            return Facts.zero();
        }
        int requests = 1 + random.nextInt(settings.maxRequests());
        RankFacts facts = decode || random.nextInt(3) == 0
                ? Facts.decode(requests, random.nextInt(6) == 0 ? 1 : settings.decodeQueryLength())
                : Facts.mixed(requests + random.nextInt(24), requests);
        if (random.nextInt(12) == 0) {
            facts = Facts.eager(facts);
        }
        return random.nextInt(12) == 0 ? Facts.whole(facts) : facts;
    }
}
