package io.coxswain.flags;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Gives each flag that the command line does not have its value from the environment: {@code --join-timeout} from {@code
 * COXSWAIN_JOIN_TIMEOUT}, and the flags that say which of many processes this is from {@link PlaceVariables} too. A variable that is set to
 * nothing counts as absent. Immutable and thread-safe.
 *
 * <p>picocli flips a flag without a value that is on by default; such a flag has to have {@code fallbackValue = "true"}.
 */
public final class EnvironmentFlags implements IDefaultValueProvider, IParameterExceptionHandler {

    private static final String PREFIX = "COXSWAIN_";
    private static final Pattern COUNT = Pattern.compile("[0-9]{1,9}");

    private final Map<String, String> environment;
    private final Map<String, String> irregular;

    private final Predicate<String> wanted;

    private EnvironmentFlags(Map<String, String> environment, Map<String, String> irregular, Predicate<String> wanted) {
        this.environment = Map.copyOf(environment);
        this.irregular = Map.copyOf(irregular);
        this.wanted = wanted;
    }

    /** Those of an environment: {@link System#getenv()}. */
    public static EnvironmentFlags of(Map<String, String> environment) {
        return new EnvironmentFlags(environment, Map.of(), flag -> true);
    }

    /** The same, where a flag's own variable has a name that does not follow from the flag's. */
    public EnvironmentFlags with(String flag, String variable) {
        Map<String, String> more = new HashMap<>(irregular);
        more.put(flag, variable);
        return new EnvironmentFlags(environment, more, wanted);
    }

    /** The same for some flags alone. */
    public EnvironmentFlags only(String... flags) {
        return new EnvironmentFlags(environment, irregular, Set.of(flags)::contains);
    }

    /** The variable whose name follows from a flag's: {@code COXSWAIN_JOIN_TIMEOUT} from {@code --join-timeout}. */
    public static String regularVariable(String flag) {
        return PREFIX + flag.replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** Has a program read them; what is wrong with one is said with its name. */
    public CommandLine applyTo(CommandLine program) {
        return program.setDefaultValueProvider(this).setParameterExceptionHandler(this);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        String flag = option.longestName();
        Optional<String> variable = variableOf(flag);
        if (variable.isEmpty()) {
            return null;
        }
        String value = environment.get(variable.get());
        if (PlaceVariables.OF_FLAGS.containsKey(flag) && !COUNT.matcher(value).matches()) {
            throw new ParameterException(
                    option.command().commandLine(),
                    variable.get() + " is " + value + ", where " + flag
                            + " comes from; allowed is a whole number from 0",
                    option,
                    value);
        }
        return value;
    }

    /** The variable that a flag's value comes from where the command line has none; empty where none is set. */
    public Optional<String> variableOf(String flag) {
        if (!wanted.test(flag)) {
            return Optional.empty();
        }
        List<String> candidates = new ArrayList<>();
        candidates.add(irregular.getOrDefault(flag, regularVariable(flag)));
        candidates.addAll(PlaceVariables.OF_FLAGS.getOrDefault(flag, List.of()));
        return candidates.stream()
                .filter(name -> !environment.getOrDefault(name, "").isEmpty())
                .findFirst();
    }

    @Override
    public int handleParseException(ParameterException refused, String[] arguments) {
        CommandLine program = refused.getCommandLine();
        String text = String.valueOf(refused.getMessage());
        if (refused.getArgSpec() instanceof OptionSpec option && !isGiven(option, arguments)) {
            text += variableOf(option.longestName())
                    .filter(name -> !refused.getMessage().startsWith(name))
                    .map(name -> " (from " + name + ")")
                    .orElse("");
        }
        program.getErr().println(text);
        program.getErr().println("--help lists the flags");
        program.getErr().flush();
        return program.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static boolean isGiven(OptionSpec option, String[] arguments) {
        for (String argument : arguments) {
            for (String name : option.names()) {
                if (argument.equals(name) || argument.startsWith(name + "=")) {
                    return true;
                }
            }
        }
        return false;
    }
}
