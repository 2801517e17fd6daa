package io.coxswain.worker.launch;

import static io.coxswain.worker.launch.ChildProcess.Cause.ITSELF;
import static io.coxswain.worker.launch.ChildProcess.Cause.LAUNCHER;
import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.ChildProcess.Cause;
import io.coxswain.worker.launch.FailureReport.End;
import io.coxswain.worker.launch.FailureReport.Role;
import io.coxswain.worker.launch.FailureReport.Verdict;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class FailureReportTest {
    private static End rank(int place, int exitCode, Cause cause) {
        return new End(
                new Role(OptionalInt.of(place), "rank " + place),
                "node1",
                100 + place,
                exitCode,
                cause,
                List.of("last words of " + place));
    }

    private static End coordinator(int exitCode, Cause cause) {
        return coordinator("the coordinator", exitCode, cause);
    }

    private static End coordinator(String name, int exitCode, Cause cause) {
        return new End(new Role(OptionalInt.empty(), name), "node1", 99, exitCode, cause, List.of());
    }

    private static FailureReport report(Verdict verdict, End... ends) {
        return new FailureReport("night", "something ended", Suspect.Other.NOBODY, List.of(ends), verdict);
    }

    @Test
    void shouldBlameWhomTheCoordinatorBlamesFirst() {
        FailureReport report = report(
                new Verdict(List.of(2, 0), "rank 2 is lost"),
                rank(0, 137, ITSELF),
                rank(2, 137, ITSELF),
                rank(1, 3, ITSELF));

        assertThat(report.rootCause()).contains(rank(2, 137, ITSELF));
        assertThat(report.exitCode()).isEqualTo(137);
    }

    @Test
    void shouldNotBlameAWorkerThatEndedBecauseOfAnother() {
        FailureReport report =
                report(Verdict.UNKNOWN, rank(0, 3, ITSELF), rank(1, 7, ITSELF), coordinator(143, LAUNCHER));

        assertThat(report.rootCause()).contains(rank(1, 7, ITSELF));
        assertThat(report.exitCode()).isEqualTo(7);
    }

    @Test
    void shouldBlameAHungWorkerAndExitAsTheSurvivorsDid() {
        FailureReport report = report(
                new Verdict(List.of(1), "rank 1: no heartbeat for 5s"),
                rank(0, 3, ITSELF),
                rank(2, 3, ITSELF),
                coordinator(143, LAUNCHER),
                rank(1, 137, LAUNCHER));

        assertThat(report.rootCause()).contains(rank(1, 137, LAUNCHER));
        assertThat(report.exitCode()).isEqualTo(3);
        assertThat(report.text()).contains("did not end by itself and was ended by the launcher: SIGKILL");
    }

    @Test
    void shouldExitAsALostRankWhenAllHadToBeEnded() {
        assertThat(report(new Verdict(List.of(0), ""), rank(0, 137, LAUNCHER)).exitCode())
                .isEqualTo(3);
    }

    @Test
    void shouldBlameACoordinatorThatEndedBeforeItsWorkers() {
        FailureReport report =
                report(Verdict.UNKNOWN, coordinator(137, ITSELF), rank(0, 6, ITSELF), rank(1, 6, ITSELF));

        assertThat(report.rootCause()).contains(coordinator(137, ITSELF));
        assertThat(report.exitCode()).isEqualTo(6);
    }

    @Test
    void shouldBlameACoordinatorWhoseEndWasSeenAfterThatOfItsWorkers() {
        FailureReport report = report(Verdict.UNKNOWN, rank(0, 6, ITSELF), coordinator(137, ITSELF));

        assertThat(report.rootCause()).contains(coordinator(137, ITSELF));
    }

    @Test
    void shouldNotBlameARankThatTheJobHasOutlivedForTheCoordinatorsEnd() {
        FailureReport report = new FailureReport(
                "night",
                "the coordinator ended: SIGKILL (exit code 137)",
                Suspect.Other.COORDINATOR,
                List.of(rank(2, 137, ITSELF), coordinator(137, ITSELF), rank(0, 6, ITSELF)),
                Verdict.UNKNOWN);

        assertThat(report.rootCause()).contains(coordinator(137, ITSELF));
        assertThat(report.exitCode()).isEqualTo(6);
    }

    @Test
    void shouldBlameACoordinatorThatDoesNotAnswer() {
        FailureReport report = new FailureReport(
                "night",
                "the coordinator does not say what follows",
                Suspect.Other.COORDINATOR,
                List.of(rank(2, 137, ITSELF), coordinator(137, LAUNCHER)),
                Verdict.UNKNOWN);

        assertThat(report.exitCode()).isEqualTo(6);
        assertThat(report.text()).contains("did not end by itself and was ended by the launcher");
    }

    @Test
    void shouldFailWithOneWhenAWorkerEndsWellButTooEarly() {
        FailureReport report = new FailureReport(
                "night",
                "rank 1 ended without a summary",
                new Suspect.Worker(1),
                List.of(rank(1, 0, ITSELF), rank(0, 3, ITSELF)),
                Verdict.UNKNOWN);

        assertThat(report.rootCause()).contains(rank(1, 0, ITSELF));
        assertThat(report.exitCode()).isEqualTo(1);
    }

    @Test
    void shouldNotTakeOneRankForAnotherWhoseNumberBeginsLikeIts() {
        FailureReport report = new FailureReport(
                "night",
                "rank 10 ended: exit code 3",
                new Suspect.Worker(10),
                List.of(rank(10, 3, ITSELF), rank(1, 137, ITSELF)),
                new Verdict(List.of(1), "rank 1 is lost"));

        assertThat(report.text()).contains("job night failed: rank 1 was lost or late");
    }

    @Test
    void shouldPutTheRootCauseLast() {
        FailureReport report = report(
                new Verdict(List.of(1), "rank 1 is lost: its process ended"),
                rank(1, 137, ITSELF),
                rank(0, 3, ITSELF),
                rank(2, 143, LAUNCHER),
                rank(3, 7, ITSELF));

        List<String> lines = report.text().lines().toList();
        assertThat(lines.subList(1, lines.size() - 1))
                .containsExactly(
                        "coxswain: job night failed: rank 1 was lost or late",
                        "coordinator: rank 1 is lost: its process ended",
                        "  rank 0           pid 100      ended because of rank 1 (exit code 3)",
                        "  rank 2           pid 102      ended by the launcher",
                        "  rank 3           pid 103      failed as well: exit code 7",
                        "last lines of rank 1 on stderr:",
                        "  | last words of 1",
                        "root cause: rank 1 on node1, pid 101: SIGKILL (exit code 137)");
    }

    @Test
    void shouldSayWhatItKnowsWhenNothingRan() {
        FailureReport report = report(Verdict.UNKNOWN);

        assertThat(report.exitCode()).isEqualTo(1);
        assertThat(report.text()).contains("something ended");
    }

    @Test
    void shouldSayWhichOfTheCoordinatorsEnded() {
        FailureReport report = report(
                Verdict.UNKNOWN,
                coordinator("coordinator 1", 137, ITSELF),
                coordinator("coordinator 0", 143, LAUNCHER),
                rank(0, 6, ITSELF));

        assertThat(report.exitCode()).isEqualTo(6);
        assertThat(report.text())
                .contains("root cause: coordinator 1 on node1, pid 99: SIGKILL (exit code 137)")
                .containsPattern("coordinator 0 +pid 99 +ended by the launcher");
    }

    @Test
    void shouldNameTheHostThatIsLostAndARankOfIt() {
        End lost = new End(Role.ofRank(2), "host-b", 102, 3, Cause.NODE_LOST, List.of());
        FailureReport report = new FailureReport(
                "night",
                "node 1 (host-b, 10.0.0.2) is lost: nothing has been heard of it for 5s",
                new Suspect.Node(1),
                List.of(rank(0, 1, ITSELF), lost, rank(1, 3, ITSELF)),
                Verdict.UNKNOWN);

        assertThat(report.rootCause()).contains(lost);
        assertThat(report.exitCode()).as("as a survivor did").isEqualTo(1);
        assertThat(report.text())
                .contains("coxswain: job night failed: node 1 (host-b, 10.0.0.2) is lost")
                .contains("root cause: rank 2 on host-b, pid 102: its host is lost");
    }

    @Test
    void shouldKeepTheLostHostInTheHeadlineWhateverTheCoordinatorBlames() {
        End lost = new End(Role.ofRank(2), "host-b", 102, 3, Cause.NODE_LOST, List.of());
        End other = new End(Role.ofRank(3), "host-b", 103, 3, Cause.NODE_LOST, List.of());
        FailureReport report = new FailureReport(
                "night",
                "node 1 (host-b, 10.0.0.2) is lost: its connection was closed",
                new Suspect.Node(1),
                List.of(lost, other, rank(0, 3, ITSELF)),
                new Verdict(List.of(3, 2), "rank 3 is lost"));

        assertThat(report.text())
                .contains("job night failed: node 1 (host-b")
                .contains("coordinator: rank 3 is lost")
                .contains("on host-b, which is lost as well")
                .contains("root cause: rank 3 on host-b");
    }
}
