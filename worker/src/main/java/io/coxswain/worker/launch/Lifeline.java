package io.coxswain.worker.launch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Standard input as the line on which a launcher hangs that was started from another host: a line with a signal's name is as that
 * signal, and the end as HUP, since whoever held the other end is gone.
 */
final class Lifeline {
    /** Signals that may come down the line, with their numbers. */
    enum Signal {
        HUP(1),
        INT(2),
        QUIT(3),
        TERM(15);

        private final int number;

        Signal(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static Optional<Signal> ofNumber(int number) {
            for (Signal signal : values()) {
                if (signal.number == number) {
                    return Optional.of(signal);
                }
            }
            return Optional.empty();
        }
    }

    private Lifeline() {}

    /** Watches until the stream ends, on a daemon thread; what comes is posted to the launcher's. */
    static void watch(InputStream stream, Desk desk) {
        Thread watcher = new Thread(() -> read(stream, desk), "lifeline");
        watcher.setDaemon(true);
        watcher.start();
    }

    private static void read(InputStream stream, Desk desk) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                onLine(line, desk);
            }
        } catch (IOException e) {
            desk.terminal().news("coxswain: the lifeline broke: " + e.getMessage());
        }
        desk.loop().post(() -> {
            if (desk.state().signal().isEmpty()) {
                desk.state().onSignal(Signal.HUP.number);
            }
        });
    }

    private static void onLine(String line, Desk desk) {
        for (Signal signal : Signal.values()) {
            if (signal.name().equals(line)) {
                desk.loop().post(() -> desk.state().onSignal(signal.number));
                return;
            }
        }
        desk.terminal().news("coxswain: the lifeline says '" + line + "', which is no signal known here");
    }
}
