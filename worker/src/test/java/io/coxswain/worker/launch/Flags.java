package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Command lines as users write them, read on a machine of 2 processors without a GPU. */
final class Flags {
    static final Map<String, String> HOME = Map.of("COXSWAIN_HOME", "/opt/coxswain");
    static final Machine MACHINE = new Machine(2, List.of());

    private Flags() {}

    static LaunchConfig launch(String... arguments) {
        return launch(MACHINE, arguments);
    }

    static LaunchConfig launch(Machine machine, String... arguments) {
        LaunchCommand.Request request = LaunchCommand.parse(HOME, machine, arguments);
        assertThat(request).as(request.toString()).isInstanceOf(LaunchCommand.Request.Launch.class);
        return ((LaunchCommand.Request.Launch) request).config();
    }

    /** With further variables, each as NAME=VALUE. */
    static Map<String, String> environment(String... variables) {
        Map<String, String> environment = new HashMap<>(HOME);
        for (String variable : variables) {
            environment.put(variable.split("=", 2)[0], variable.split("=", 2)[1]);
        }
        return environment;
    }

    static List<String> refusals(Map<String, String> environment, String... arguments) {
        LaunchCommand.Request request = LaunchCommand.parse(environment, MACHINE, arguments);
        assertThat(request).as(request.toString()).isInstanceOf(LaunchCommand.Request.Say.class);
        LaunchCommand.Request.Say say = (LaunchCommand.Request.Say) request;
        assertThat(say.exitCode()).isEqualTo(2);
        List<String> lines = say.text().lines().toList();
        assertThat(lines.get(lines.size() - 1)).isEqualTo("Try launch.sh --help.");
        return lines.subList(0, lines.size() - 1);
    }
}
