package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.LaunchCommand.Request;
import io.coxswain.worker.launch.rendezvous.NodeCount;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagSourcesTest {
    private static LaunchConfig launch(Map<String, String> environment, String... arguments) {
        Request request = LaunchCommand.parse(environment, Flags.MACHINE, arguments);
        assertThat(request).as(request.toString()).isInstanceOf(Request.Launch.class);
        return ((Request.Launch) request).config();
    }

    @Test
    void shouldTakeUnderscoresForDashes() {
        LaunchConfig config = Flags.launch("--nproc_per_node=3", "--rdzv_id", "my_job", "--max-restarts", "0");

        assertThat(config.nodes().localWorkers()).isEqualTo(3);
        assertThat(config.job()).isEqualTo("my_job");
    }

    @Test
    void shouldTakeFlagsFromTheEnvironment() {
        LaunchConfig config = launch(Flags.environment(
                "COXSWAIN_NPROC_PER_NODE=3",
                "COXSWAIN_VERIFY=true",
                "COXSWAIN_HEARTBEAT_TIMEOUT=7s",
                "COXSWAIN_SEED=9",
                "COXSWAIN_JOB=night"));

        assertThat(config.nodes().localWorkers()).isEqualTo(3);
        assertThat(config.verification()).isEqualTo(LaunchConfig.Verification.EVERY_ROW);
        assertThat(config.resilience().wait(CoordinatorWait.HEARTBEAT_TIMEOUT)).hasSeconds(7);
        assertThat(config.worker().options()).containsEntry(WorkerOption.SEED, "9");
        assertThat(config.job()).isEqualTo("night");
    }

    @Test
    void shouldTakeTorchrunsVariables() {
        LaunchConfig config = launch(Flags.environment(
                "PET_NNODES=2:4",
                "PET_NPROC_PER_NODE=3",
                "PET_NODE_RANK=1",
                "PET_RDZV_ENDPOINT=host-a",
                "PET_RDZV_ID=run",
                "PET_STANDALONE=0",
                "PET_LOG_DIR=logs",
                "PET_TEE=1"));

        assertThat(config.nodes().count()).isEqualTo(new NodeCount(2, 4));
        assertThat(config.nodes().rank()).isEqualTo(1);
        assertThat(config.nodes().rendezvous().endpoint()).hasToString("host-a/<unresolved>:29400");
        assertThat(config.output().logs().tee()).isEqualTo(new LogSettings.Streams(1, Map.of()));
    }

    @Test
    void shouldLetAFlagWinOverOurVariableAndThatOverTorchruns() {
        Map<String, String> environment = Flags.environment("COXSWAIN_NPROC_PER_NODE=3", "PET_NPROC_PER_NODE=4");

        assertThat(launch(environment).nodes().localWorkers()).isEqualTo(3);
        assertThat(launch(environment, "--nproc_per_node", "5").nodes().localWorkers())
                .isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({
        "COXSWAIN_NNODES, none, --nnodes: 'none' is refused",
        "PET_NODE_RANK, first, Invalid value for option '--node-rank'",
        "COXSWAIN_STANDALONE, perhaps, $COXSWAIN_STANDALONE: 'perhaps' is refused; allowed is true or false",
        "COXSWAIN_DEVICE, tpu, --device: 'tpu' is refused",
    })
    void shouldNameTheVariableWhoseValueIsRefused(String variable, String value, String message) {
        assertThat(Flags.refusals(Flags.environment(variable + "=" + value)))
                .singleElement()
                .satisfies(line -> assertThat(line).contains(message).contains("$" + variable));
    }

    @Test
    void shouldLeaveAloneWhatFollowsTheFlags() {
        LaunchConfig config = Flags.launch("--worker-main", "my.Main", "--", "--nproc_per_node", "--job");

        assertThat(config.worker().custom())
                .isEqualTo(new CustomWorker("my.Main", null, List.of("--nproc_per_node", "--job")));
    }
}
