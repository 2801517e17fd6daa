package io.coxswain.worker.launch;

import java.util.Map;

/** The exit codes that all programs share (the README has the table), and what a process' exit code says. */
final class ExitCodes {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int RANK_LOST = 3;
    static final int VERIFICATION_FAILED = 4;
    static final int COORDINATOR_LOST = 6;
    /** A port that is to be listened at is another process's. */
    static final int PORT_TAKEN = 10;
    /** The group did not come together in time; it may be tried again. */
    static final int TRY_AGAIN = 75;
    /** A process that signal n ended has the exit code 128 + n, in the shell as in {@link Process#exitValue()}. */
    static final int SIGNAL_BASE = 128;

    private static final Map<Integer, String> SIGNALS = Map.ofEntries(
            Map.entry(1, "SIGHUP"),
            Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"),
            Map.entry(4, "SIGILL"),
            Map.entry(6, "SIGABRT"),
            Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"),
            Map.entry(9, "SIGKILL"),
            Map.entry(11, "SIGSEGV"),
            Map.entry(13, "SIGPIPE"),
            Map.entry(15, "SIGTERM"));

    private ExitCodes() {}

    /** "exit code 3", or "SIGKILL (exit code 137)" for a process that a signal ended. */
    static String describe(int exitCode) {
        String signal = SIGNALS.get(exitCode - SIGNAL_BASE);
        return signal == null ? "exit code " + exitCode : signal + " (exit code " + exitCode + ")";
    }

    /** True for the ends that a Ctrl-C, a closed terminal or a polite stop of the whole process group causes. */
    static boolean isInterruption(int exitCode) {
        return switch (exitCode - SIGNAL_BASE) {
            case 1, 2, 15 -> true;
            default -> false;
        };
    }
}
