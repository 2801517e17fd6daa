package io.coxswain.worker.launch;

import picocli.AutoComplete;

/** The program behind scripts/completion.sh: prints the launcher's flags as a completion for bash. */
public final class CompletionMain {
    private CompletionMain() {}

    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            System.err.println("completion.sh takes no arguments; its output is for: source <(scripts/completion.sh)");
            System.exit(ExitCodes.USAGE);
        }
        System.out.print(script());
    }

    static String script() {
        return AutoComplete.bash("launch.sh", LaunchCommand.newCommandLine());
    }
}
