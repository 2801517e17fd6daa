package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.LaunchCommand.Request;
import io.coxswain.worker.launch.RemoteCommands.Remote;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemoteCommandsTest {
    private static List<Remote> commands(String... flags) {
        Request request = LaunchCommand.parse(Flags.environment("COXSWAIN_SEED=7"), Flags.MACHINE, flags);
        assertThat(request).as(request.toString()).isInstanceOf(Request.LaunchHosts.class);
        Request.LaunchHosts hosts = (Request.LaunchHosts) request;
        return new RemoteCommands(hosts.settings(), hosts.arguments()).all();
    }

    @Test
    void shouldStartALauncherOnEachHostWithTheSameSettings() {
        List<Remote> remotes =
                commands("--hosts", "me@host-a:4,host-b:2", "--job=night", "--verify", "--trace", "my trace");

        String here = System.getProperty("user.dir");
        assertThat(remotes.get(0).host()).isEqualTo("me@host-a");
        assertThat(remotes.get(0).words()).startsWith("ssh", "-o", "BatchMode=yes");
        assertThat(remotes.get(1).words())
                .endsWith(
                        "host-b",
                        "cd " + here + " 2>/dev/null; exec /opt/coxswain/scripts/launch.sh --lifeline --nnodes=2"
                                + " --node-rank=1 --nproc-per-node=2 --rdzv-endpoint=host-a:29400 --rdzv-id=night"
                                + " --seed=7 --verify --trace 'my trace'");
    }

    @Test
    void shouldUseTheCommandTheHomeAndTheEndpointThatWereGiven() {
        List<Remote> remotes = commands(
                "--hosts=host-a,host-b",
                "--ssh-command",
                "rsh -n",
                "--remote-home=/srv/it's",
                "--rdzv_endpoint",
                "host-c:5");

        assertThat(remotes.get(0).words()).startsWith("rsh", "-n", "host-a");
        assertThat(remotes.get(0).words().get(3))
                .contains("exec '/srv/it'\\''s/scripts/launch.sh' ")
                .contains(" --rdzv-endpoint=host-c:5 ")
                .endsWith(" --seed=7");
    }

    @Test
    void shouldGiveAllHostsTheSameJobWhereNoneIsNamed() {
        List<Remote> remotes = commands("--hosts=host-a,host-b");

        String job =
                remotes.get(0).words().get(remotes.get(0).words().size() - 1).replaceAll(".* --rdzv-id=(\\S+).*", "$1");
        assertThat(job).startsWith("job-");
        assertThat(remotes.get(1).words()).last().asString().contains("--rdzv-id=" + job);
    }
}
