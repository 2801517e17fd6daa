package io.coxswain.worker.launch;

import picocli.CommandLine.ParseResult;

/**
 * Which flags were given, from the command line or the environment.
 *
 * @param onLoss what --on-loss is, given or not
 * @param hasArguments whether something follows --
 */
record Given(ParseResult parsed, OnLoss onLoss, boolean hasArguments) {
    boolean has(String flag) {
        return parsed.hasMatchedOption(flag);
    }

    boolean hasAny(String... flags) {
        for (String flag : flags) {
            if (has(flag)) {
                return true;
            }
        }
        return false;
    }

    /** As text; empty: it was not given, or could not be read. */
    String text(String flag) {
        Object value = parsed.matchedOptionValue(flag, "");
        return String.valueOf(value);
    }
}
