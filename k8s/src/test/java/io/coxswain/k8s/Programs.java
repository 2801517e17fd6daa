package io.coxswain.k8s;

import io.coxswain.coordinator.CoordinatorMain;
import io.coxswain.coordinator.observe.DrainMain;
import io.coxswain.flags.EnvironmentFlags;
import io.coxswain.worker.WorkerMain;
import io.coxswain.worker.feed.PlayMain;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The image's programs as their own command lines know them. Stateless. */
final class Programs {

    /** Read by the image's script, or by whoever starts a process in whatever way. */
    static final Set<String> NO_FLAGS = Set.of("COXSWAIN_JAVA_OPTS", "COXSWAIN_POD_INDEX");

    private static final String LABELS = "COXSWAIN_LABELS";

    private static final Map<String, Supplier<Object>> MAINS = Map.of(
            "coordinator", CoordinatorMain::new,
            "worker", WorkerMain::new,
            "play", PlayMain::new,
            "drain", DrainMain::new);

    private Programs() {}

    static Set<String> names() {
        return MAINS.keySet();
    }

    /** Why the program would refuse these arguments with this environment; empty where it takes them. */
    static Optional<String> refusal(String program, List<String> arguments, Map<String, String> environment) {
        try {
            commandLine(program, environment).parseArgs(arguments.toArray(String[]::new));
            return Optional.empty();
        } catch (ParameterException refused) {
            return Optional.of(String.valueOf(refused.getMessage()));
        }
    }

    /** The time that a flag of the program would have. */
    static Duration time(String program, String flag, List<String> arguments, Map<String, String> environment) {
        CommandLine line = commandLine(program, environment);
        line.parseArgs(arguments.toArray(String[]::new));
        return line.getCommandSpec().findOption(flag).<Duration>getValue();
    }

    /** The variables that are flags of the program. */
    static Set<String> variables(String program) {
        Set<String> variables = new TreeSet<>();
        for (OptionSpec option : commandLine(program, Map.of()).getCommandSpec().options()) {
            String flag = option.longestName();
            variables.add(flag.equals("--label") ? LABELS : EnvironmentFlags.regularVariable(flag));
        }
        return variables;
    }

    private static CommandLine commandLine(String program, Map<String, String> environment) {
        EnvironmentFlags flags = EnvironmentFlags.of(environment).with("--label", LABELS);
        return (program.equals("drain") ? flags.only("--place") : flags)
                .applyTo(new CommandLine(
                        Objects.requireNonNull(MAINS.get(program), program).get()))
                .setCaseInsensitiveEnumValuesAllowed(true);
    }
}
