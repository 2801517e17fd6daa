package io.coxswain.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.sim.Patch.Edit;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each bug that is planted into a copy of the source is found by the seeds that find nothing without it. */
class PlantedBugTest {

    /** Searched until the bug shows; the rarest shows within some five hundred. */
    private static final int SEEDS_WITH_BUG = 4000;

    private static final int SEEDS_WITHOUT = 400;
    private static final int STEPS = 300;

    static Stream<Arguments> bugs() {
        return Stream.of(
                Arguments.of(
                        "a lower attempt takes its successor's place",
                        Patch.ofCore(
                                "Roster.java", new Edit("if (seat.admits(hello.member().attempt())) {", "if (true) {")),
                        Invariant.LOST_STAYS_OUT),
                Arguments.of(
                        "a report that contradicts the one before is accepted",
                        Patch.ofCore("StepBarrier.java", new Edit("if (before.numTokens() != 0) {", "if (false) {")),
                        Invariant.DECIDED_AS_REPORTED),
                Arguments.of(
                        "what a rank has captured is not asked of it",
                        Patch.ofCore(
                                "StepBarrier.java",
                                new Edit("captured[rank] = graphsNow;", "captured[rank] = CapturedSet.ALL;")),
                        Invariant.EXISTING_GRAPH),
                Arguments.of(
                        "graphs that a report no longer names are still used in the next epoch",
                        Patch.ofSimulation(
                                "WorkerBatch.java",
                                new Edit(
                                        "capturedChange = captured;\n        }\n    }\n\n    void captured(",
                                        "}\n    }\n\n    void captured(")),
                        Invariant.EXISTING_GRAPH),
                Arguments.of(
                        "the open step is forgotten at a takeover",
                        Patch.ofCore("Inheritance.java", new Edit("steps.resumeAfter(last);", "")),
                        Invariant.NO_UNDUE_REFUSAL),
                Arguments.of(
                        "the decision that an epoch was inherited with goes down streams that are opened later",
                        Patch.ofCore(
                                "Steps.java",
                                new Edit("&& recovered.step() == run.barrier().openStep() - 1) {", ") {")),
                        Invariant.NO_OLD_DECISION),
                Arguments.of(
                        "an inherited epoch goes on before all of its members have re-attached",
                        Patch.ofCore(
                                "Inheritance.java",
                                new Edit("if (allHaveCome(candidate())) {", "if (candidate() != null) {"),
                                new Edit(
                                        "return \"member \" + rank.member() + \" of place \" + rank.place() + \" has not re-attached\";",
                                        "continue;")),
                        Invariant.WHOLE_INHERITANCE),
                Arguments.of(
                        "a hello that says that the epoch runs goes out though the epoch was given up since",
                        Patch.ofSimulation(
                                "WorkerControl.java",
                                new Edit("waiting = null;\n            drop(\"the epoch is given up\");", "")),
                        Invariant.WHOLE_INHERITANCE),
                Arguments.of(
                        "a member is taken at its hello's word though it has stopped working on the epoch since",
                        Patch.ofCore("Inheritance.java", new Edit("seat.attachment = attachment.nowAborted();", "")),
                        Invariant.WHOLE_INHERITANCE),
                Arguments.of(
                        "a decision that was held unread is taken after re-attaching",
                        Patch.ofSimulation(
                                "WorkerSteps.java",
                                new Edit(
                                        "line.close(\"a higher term was promised\");\n        unread.clear();",
                                        "line.close(\"a higher term was promised\");")),
                        Invariant.NO_UNDUE_REFUSAL),
                Arguments.of(
                        "a lease is taken without a look at what it says by now",
                        Patch.ofSimulation(
                                "StoreCopy.java", new Edit("if (!lease.equals(expected)) {", "if (false) {")),
                        Invariant.LEASE),
                Arguments.of(
                        "a new term follows the store's, whatever members have promised",
                        Patch.ofElection(
                                "LeaseWatch.java",
                                new Edit(
                                        "Math.max(heardTerm, askedTerm) + 1;",
                                        "(lease == null ? 0 : lease.term()) + 1;"),
                                new Edit("return term >= heardTerm;", "return true;")),
                        Invariant.RISING_TERM),
                Arguments.of(
                        "a replica that sees no majority stands",
                        Patch.ofElection(
                                "Election.java",
                                new Edit(
                                        "return !config.needsMajority() || config.isMajority(",
                                        "return true || config.isMajority(")),
                        Invariant.MAJORITY),
                Arguments.of(
                        "a replica counts the leader that it takes for lost among its majority",
                        Patch.ofElection(
                                "Election.java",
                                new Edit("countsOnHolder ? seen.size() : seen.size() - 1", "seen.size()")),
                        Invariant.MAJORITY),
                Arguments.of(
                        "a leader that was deposed goes on renewing its lease",
                        Patch.ofElection(
                                "ElectionInputs.java",
                                new Edit("election.depose(input.reason());", ""),
                                new Edit("election.depose(\"a member has promised term \" + input.number());", "")),
                        Invariant.PROGRESS));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bugs")
    void shouldFindWhatIsPlanted(String bug, Patch patch, Invariant violated, @TempDir Path folder)
            throws IOException, ReflectiveOperationException {
        Class<?> run = PatchedClasses.compile(patch, folder).loadClass(SeedRun.class.getName());
        Method firstViolation = run.getDeclaredMethod("firstViolation", long.class, int.class, int.class);
        firstViolation.setAccessible(true);
        assertThat((String) firstViolation.invoke(null, 1L, SEEDS_WITH_BUG, STEPS))
                .as(bug)
                .startsWith(violated.name());
    }

    @Test
    void shouldFindNothingWhereNothingIsPlanted() {
        assertThat(SeedRun.firstViolation(1, SEEDS_WITHOUT, STEPS)).isEmpty();
    }
}
