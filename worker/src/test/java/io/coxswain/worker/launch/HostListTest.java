package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.coxswain.worker.launch.HostList.Host;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostListTest {
    @Test
    void shouldReadHostsAndTheirWorkers() {
        assertThat(HostList.parse("host-a:4,me@host-b,10.0.0.3:2").hosts())
                .containsExactly(new Host("host-a", 4), new Host("me@host-b", 1), new Host("10.0.0.3", 2));
    }

    @Test
    void shouldReadAHostFile() {
        assertThat(HostList.parseFile(
                                "hosts",
                                List.of(
                                        "# the first",
                                        "host-a slots=4",
                                        "",
                                        "host-b:2  # small",
                                        "host-c slots = 8",
                                        "host-d"))
                        .hosts())
                .containsExactly(
                        new Host("host-a", 4), new Host("host-b", 2), new Host("host-c", 8), new Host("host-d", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a:b", "a:0", "a:1,,b:1", "a:1,a:2", "a:1 b:2", "a:2000"})
    void shouldRefuseWhatIsNoListOfHosts(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HostList.parse(text))
                .withMessageStartingWith("--hosts: ")
                .withMessageContaining("allowed is");
    }

    @Test
    void shouldNameTheLineOfAHostFileThatIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HostList.parseFile("hosts", List.of("host-a", "host-b cores=3")))
                .withMessage("--hostfile: hosts, line 2: 'host-b cores=3' is refused; allowed is HOST, HOST slots=N or"
                        + " HOST:N");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HostList.parseFile("hosts", List.of("# none")))
                .withMessageContaining("1 to 1024 hosts");
    }
}
