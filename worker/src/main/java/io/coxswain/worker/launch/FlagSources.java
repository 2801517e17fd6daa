package io.coxswain.worker.launch;

import io.coxswain.flags.EnvironmentFlags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The flags of a launch as one list, from the command line and the environment. A flag may have dashes or underscores in its name;
 * one that is not on the command line is taken from COXSWAIN_FLAG_NAME, else from PET_FLAG_NAME where torchrun has it. Pure.
 *
 * @param arguments as if all had been on the command line
 * @param variables which variable a flag came from
 */
record FlagSources(List<String> arguments, Map<String, String> variables) {
    /** torchrun's, with our names for what is the same. */
    private static final Map<String, String> TORCHRUN = Map.ofEntries(
            Map.entry("--nnodes", "PET_NNODES"),
            Map.entry("--nproc-per-node", "PET_NPROC_PER_NODE"),
            Map.entry("--node-rank", "PET_NODE_RANK"),
            Map.entry("--rdzv-endpoint", "PET_RDZV_ENDPOINT"),
            Map.entry("--rdzv-id", "PET_RDZV_ID"),
            Map.entry("--standalone", "PET_STANDALONE"),
            Map.entry("--max-restarts", "PET_MAX_RESTARTS"),
            Map.entry("--log-dir", "PET_LOG_DIR"),
            Map.entry("--redirects", "PET_REDIRECTS"),
            Map.entry("--tee", "PET_TEE"),
            Map.entry("--local-ranks-filter", "PET_LOCAL_RANKS_FILTER"),
            Map.entry("--local-addr", "PET_LOCAL_ADDR"));

    private static final Set<String> TRUE = Set.of("1", "true", "yes");
    private static final Set<String> FALSE = Set.of("", "0", "false", "no");

    FlagSources {
        arguments = List.copyOf(arguments);
        variables = Map.copyOf(variables);
    }

    static FlagSources of(
            CommandSpec spec, Map<String, String> environment, List<String> arguments, Refusals refusals) {
        Map<String, OptionSpec> known = new HashMap<>(spec.optionsMap());
        List<String> words = new ArrayList<>();
        Set<OptionSpec> given = new HashSet<>();
        boolean flags = true;
        for (String argument : arguments) {
            flags = flags && !argument.equals("--");
            String word = flags ? dashed(argument, known.keySet()) : argument;
            OptionSpec option = known.get(word.split("=", 2)[0]);
            if (flags && option != null) {
                given.add(option);
            }
            words.add(word);
        }
        Map<String, String> variables = new TreeMap<>();
        List<String> added = new ArrayList<>();
        for (OptionSpec option : spec.options()) {
            if (!given.contains(option) && !option.usageHelp() && !option.versionHelp()) {
                add(option, environment, added, variables, refusals);
            }
        }
        added.addAll(words);
        return new FlagSources(added, variables);
    }

    private static void add(
            OptionSpec option,
            Map<String, String> environment,
            List<String> arguments,
            Map<String, String> variables,
            Refusals refusals) {
        for (String variable : variablesOf(option)) {
            String value = environment.get(variable);
            if (value == null) {
                continue;
            }
            String flag = option.longestName();
            variables.put(flag, variable);
            if (option.arity().max() > 0) {
                arguments.add(flag + "=" + value);
            } else if (TRUE.contains(value.toLowerCase(Locale.ROOT))) {
                arguments.add(flag);
            } else if (!FALSE.contains(value.toLowerCase(Locale.ROOT))) {
                refusals.add("$" + variable + ": '" + value + "' is refused; allowed is true or false");
            }
            return;
        }
    }

    private static List<String> variablesOf(OptionSpec option) {
        List<String> names = new ArrayList<>();
        for (String name : option.names()) {
            if (name.startsWith("--")) {
                names.add(EnvironmentFlags.regularVariable(name));
            }
        }
        for (String name : option.names()) {
            if (TORCHRUN.containsKey(name)) {
                names.add(TORCHRUN.get(name));
            }
        }
        return names;
    }

    /** The word with dashes in its flag's name, where that makes it one that is known. */
    private static String dashed(String word, Set<String> known) {
        int end = word.indexOf('=') < 0 ? word.length() : word.indexOf('=');
        String name = word.substring(0, end).replace('_', '-');
        return known.contains(name) ? name + word.substring(end) : word;
    }

    /** The message, and where the flag that it speaks of came from, unless that is the command line. */
    String explained(String message) {
        return variables.entrySet().stream()
                .filter(entry -> message.startsWith(entry.getKey() + ":")
                        || message.startsWith(entry.getKey() + " ")
                        || message.contains("'" + entry.getKey() + "'"))
                .map(entry -> message + " (from $" + entry.getValue() + ")")
                .findFirst()
                .orElse(message);
    }
}
