package io.coxswain.k8s;

import io.coxswain.flags.EnvironmentFlags;
import io.coxswain.worker.launch.LaunchMain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The launcher as its own command line knows it: asked by starting it, which with {@code --dry-run} starts nothing. Stateless. */
final class LaunchProgram {

    private static final long LIMIT_SECONDS = 60;
    private static final Pattern FLAG = Pattern.compile("--[a-z][a-z0-9-]*");

    private LaunchProgram() {}

    /** Why it would refuse these arguments with this environment; empty where it takes them. */
    static Optional<String> refusal(List<String> arguments, Map<String, String> environment)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(arguments);
        all.add("--dry-run");
        Tools.Ending ending = run(all, environment);
        return ending.exitCode() == 0
                ? Optional.empty()
                : Optional.of(ending.output().strip().lines().findFirst().orElse("no reason is given"));
    }

    /** The variables that are flags of it. */
    static Set<String> variables() throws IOException, InterruptedException {
        Tools.Ending help = run(List.of("--help"), Map.of());
        help.requireSuccess("launch --help");
        Set<String> variables = new TreeSet<>();
        FLAG.matcher(help.output())
                .results()
                .map(MatchResult::group)
                .map(EnvironmentFlags::regularVariable)
                .forEach(variables::add);
        return variables;
    }

    private static Tools.Ending run(List<String> arguments, Map<String, String> environment)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("env", "-i"));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LaunchMain.class.getName()));
        command.addAll(arguments);
        return Tools.run(LIMIT_SECONDS, command);
    }
}
