package io.coxswain.worker.launch;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The launcher's output: lines, and on a terminal one bar below them that is drawn again after each line. Thread-safe: the
 * relays print the children's lines while the launcher draws.
 */
final class Terminal {
    /** How the output is shown. */
    enum Style {
        /** Into a file or a pipe, or on a terminal that cannot go back in its line. */
        PLAIN,
        BAR,
        /** A bar with colours. */
        COLOUR_BAR
    }

    private static final String CLEAR_LINE = "\r\u001b[K";
    private static final String GREEN = "\u001b[32m";
    private static final String RESET = "\u001b[0m";

    /** A bar that wraps could not be taken away again. */
    private static final int LONGEST_BAR = 79;

    private final PrintStream out;
    private final PrintStream err;
    private final Style style;
    private String bar = "";

    Terminal(PrintStream out, PrintStream err, Style style) {
        this.out = out;
        this.err = err;
        this.style = style;
    }

    /** The process' own stdout and stderr. */
    static Terminal ofThisProcess() {
        return new Terminal(System.out, System.err, styleFor(attachment(), System.getenv()));
    }

    /** NO_COLOR is honoured in any form but the empty one (https://no-color.org). */
    static Style styleFor(Attachment attachment, Map<String, String> environment) {
        if (attachment == Attachment.ELSEWHERE || "dumb".equals(environment.get("TERM"))) {
            return Style.PLAIN;
        }
        return environment.getOrDefault("NO_COLOR", "").isEmpty() ? Style.COLOUR_BAR : Style.BAR;
    }

    /** What stdout is connected to. */
    enum Attachment {
        TERMINAL,
        ELSEWHERE
    }

    boolean showsBar() {
        return style != Style.PLAIN;
    }

    /** A line of a child or of the launcher's own news, to stderr. */
    synchronized void news(String line) {
        clearBar();
        err.println(line);
        err.flush();
        drawBar();
    }

    /** A line or a block of the result, to stdout. */
    synchronized void result(String text) {
        clearBar();
        out.println(text);
        out.flush();
        drawBar();
    }

    /** Draws the bar; the empty text takes it away. */
    synchronized void bar(String text) {
        clearBar();
        bar = text.substring(0, Math.min(text.length(), LONGEST_BAR));
        drawBar();
    }

    private void clearBar() {
        if (!bar.isEmpty() && showsBar()) {
            out.print(CLEAR_LINE);
            out.flush();
        }
    }

    private void drawBar() {
        if (!bar.isEmpty() && showsBar()) {
            out.print(style == Style.COLOUR_BAR ? GREEN + bar + RESET : bar);
            out.flush();
        }
    }

    /**
     * Asks the kernel what stdout is: System.console() answers for stdin and stdout together up to JDK 21, and always on
     * later ones.
     */
    private static Attachment attachment() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            boolean terminal = target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
            return terminal ? Attachment.TERMINAL : Attachment.ELSEWHERE;
        } catch (IOException e) {
            return Attachment.ELSEWHERE;
        }
    }
}
