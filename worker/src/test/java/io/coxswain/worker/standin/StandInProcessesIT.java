package io.coxswain.worker.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.bytedeco.cuda.global.cudart.*;
import static org.bytedeco.cuda.global.nccl.*;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What needs processes: their death, their settings, and faults that nothing in a process survives. */
@RequiresStandIn
class StandInProcessesIT {

    private final List<ChildJvm> children = new ArrayList<>();

    @AfterEach
    void leaveNoProcess() {
        children.forEach(ChildJvm::close);
    }

    private ChildJvm start(Map<String, String> variables) throws Exception {
        ChildJvm child = ChildJvm.start(variables);
        children.add(child);
        return child;
    }

    private List<ChildJvm> join(int ranks, Map<String, String> variables) throws Exception {
        List<ChildJvm> group = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            group.add(start(variables));
        }
        regroup(group);
        return group;
    }

    private static void regroup(List<ChildJvm> group) throws Exception {
        String id = group.get(0).ask("id");
        for (int rank = 0; rank < group.size(); rank++) {
            group.get(rank).tell("join " + rank + " " + group.size() + " " + id);
        }
        for (ChildJvm member : group) {
            assertThat(member.answer()).isEqualTo("joined");
        }
    }

    private static List<String> askAll(List<ChildJvm> group, String command) throws Exception {
        for (ChildJvm member : group) {
            member.tell(command);
        }
        List<String> answers = new ArrayList<>();
        for (ChildJvm member : group) {
            answers.add(member.answer());
        }
        return answers;
    }

    @Test
    void shouldHangInACollectiveWhosePeerDiedUntilTheAbortAndGoOnWithoutIt() throws Exception {
        List<ChildJvm> group = join(3, Map.of());
        assertThat(askAll(group, "sum")).containsOnly("9.0");

        assertThat(askAll(group, "replay 20")).containsOnly("replaying");
        ChildJvm victim = group.remove(1);
        victim.kill();
        for (ChildJvm survivor : group) {
            assertThat(survivor.answer()).isEqualTo("stuck");
        }
        assertThat(askAll(group, "state")).containsOnly(ncclSuccess + " busy");

        assertThat(askAll(group, "abort")).containsOnly("free");
        regroup(group);
        assertThat(askAll(group, "sum")).containsOnly("4.0");
    }

    @Test
    void shouldReportAPeersDeathAsAnAsynchronousErrorWhenTold() throws Exception {
        List<ChildJvm> group = join(2, Map.of("COXSWAIN_STANDIN_PEER_DEATH", "error"));
        ChildJvm survivor = group.get(0);
        assertThat(survivor.ask("reduce 100")).isEqualTo("launched");
        assertThat(survivor.ask("state")).isEqualTo(ncclSuccess + " busy");

        group.get(1).kill();

        await().pollInterval(Duration.ofMillis(20))
                .atMost(Bindings.LIMIT)
                .until(() -> survivor.ask("state").equals(ncclRemoteError + " busy"));
        assertThat(survivor.ask("abort")).startsWith("free");
    }

    @Test
    void shouldReportRanksThatDisagreeAsAnAsynchronousErrorWhenTold() throws Exception {
        List<ChildJvm> group = join(2, Map.of("COXSWAIN_STANDIN_MISMATCH", "error"));
        group.get(0).ask("reduce 100");
        group.get(1).ask("reduce 101");

        for (ChildJvm member : group) {
            await().pollInterval(Duration.ofMillis(20))
                    .atMost(Bindings.LIMIT)
                    .until(() -> member.ask("state").equals(ncclInvalidUsage + " busy"));
        }
        assertThat(askAll(group, "abort")).allMatch(answer -> answer.startsWith("free"));
    }

    @Test
    void shouldEndAProcessWhoseHostTouchesDeviceMemory() throws Exception {
        ChildJvm child = start(Map.of());
        child.tell("touch");

        assertThat(child.outputToTheEnd()).contains("SIGSEGV");
    }

    @Test
    void shouldAnswerEveryCallWithTheFaultAfterAnAccessOutOfBounds() throws Exception {
        int[] expected = new int[7];
        Arrays.fill(expected, cudaErrorIllegalAddress);
        expected[6] = ncclInProgress; // a launch that fails later

        assertThat(start(Map.of()).ask("overrun")).isEqualTo(Arrays.toString(expected));
    }

    @Test
    void shouldHaveNoMoreMemoryThanSet() throws Exception {
        ChildJvm child = start(Map.of("COXSWAIN_STANDIN_MEMORY_MB", "8"));
        long all = 8 << 20;

        assertThat(child.ask("malloc " + (all + 1))).isEqualTo("" + cudaErrorMemoryAllocation);
        assertThat(child.ask("malloc " + all / 2)).isEqualTo("0");
        assertThat(child.ask("free-memory")).isEqualTo(all / 2 + " of " + all);
        assertThat(child.ask("malloc " + all / 2)).isEqualTo("0");
        assertThat(child.ask("malloc 1")).isEqualTo("" + cudaErrorMemoryAllocation);
    }

    @Test
    void shouldHaveTheDevicesThatAreSetAndVisible() throws Exception {
        ChildJvm none = start(Map.of("COXSWAIN_STANDIN_DEVICES", "0"));
        ChildJvm some = start(Map.of("COXSWAIN_STANDIN_DEVICES", "4", "CUDA_VISIBLE_DEVICES", "3,1,7"));

        assertThat(none.ask("count")).isEqualTo(cudaErrorNoDevice + " 0 " + cudaErrorNoDevice);
        assertThat(none.ask("malloc 4")).isEqualTo("" + cudaErrorNoDevice);
        assertThat(some.ask("count")).isEqualTo("0 2 0");
        assertThat(some.ask("name 0")).isEqualTo("Coxswain stand-in GPU 3 (host memory)");
    }

    @Test
    void shouldKeepTheOrderOfAStreamWhoseWorkIsDelayed() throws Exception {
        String quick = start(Map.of()).ask("work 100");
        String slow = start(Map.of("COXSWAIN_STANDIN_JITTER_US", "2000")).ask("work 100");

        assertThat(quick).isEqualTo(slow).isEqualTo("64646464");
    }

    @Test
    void shouldLaunchSomeOperationsAtOnceWhenTold() throws Exception {
        String[] counts = start(Map.of("COXSWAIN_STANDIN_IN_PROGRESS_PERCENT", "50"))
                .ask("statuses 100")
                .split(" ", -1);

        assertThat(Integer.parseInt(counts[0])).isBetween(20, 80);
        assertThat(Integer.parseInt(counts[1])).isBetween(20, 80);
    }
}
