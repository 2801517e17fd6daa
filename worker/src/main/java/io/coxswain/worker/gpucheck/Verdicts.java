package io.coxswain.worker.gpucheck;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Runs checks and prints a line for each: its verdict, its name, and its figure or what was wrong. Main thread only. */
final class Verdicts {
    private final PrintStream out;
    private boolean anyFailed;

    Verdicts(PrintStream out) {
        this.out = out;
    }

    /** Runs a check, which returns its figure, and throws where it fails. Whether it is ok. */
    boolean check(String name, Callable<String> check) {
        try {
            print("ok", name, check.call());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(name, "interrupted");
        } catch (Exception e) {
            // Whatever it is: the line names it, and the other checks go on.
            fail(name, e.getMessage() == null ? e.toString() : e.getMessage());
        }
        return false;
    }

    void fail(String name, String reason) {
        anyFailed = true;
        print("FAILED", name, reason);
    }

    void skip(String name, String reason) {
        print("skipped", name, reason);
    }

    boolean anyFailed() {
        return anyFailed;
    }

    private void print(String verdict, String name, String text) {
        out.printf(Locale.ROOT, "%-8s %-18s %s%n", verdict, name, text);
        out.flush();
    }
}
