package io.coxswain.worker.launch;

import io.coxswain.worker.launch.LogSettings.Streams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the workers' output goes. */
final class LogFlags {
    private static final String STREAMS = "0 to 3 (1 stdout, 2 stderr, 3 both), or by local rank as in 0:1,1:3";

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            description = "Keep the workers' output in DIR/RUN_ID/attempt_N/RANK (default: on the console alone).")
    private @Nullable Path logDir;

    @Option(
            names = {"-r", "--redirects"},
            paramLabel = "STREAMS",
            description = "Only into files: 1 stdout, 2 stderr, 3 both, 0 none; or by local rank, 0:1,1:3 (0).")
    private @Nullable String redirects;

    @Option(
            names = {"-t", "--tee"},
            paramLabel = "STREAMS",
            description = "Into files and to the console, in the same form (3 where --redirects is not given).")
    private @Nullable String tee;

    @Option(
            names = "--local-ranks-filter",
            paramLabel = "N,N",
            description = "Show only the lines of these local ranks on the console (all).")
    private @Nullable String filter;

    LogSettings logs() {
        Set<Integer> shown = filter == null ? Set.of() : ranks(filter);
        Streams teed = tee == null && redirects == null && logDir != null ? Streams.BOTH : read("--tee", tee);
        return new LogSettings(checkedDirectory(), read("--redirects", redirects), teed, shown);
    }

    private static Set<Integer> ranks(String filter) {
        return LogSettings.readRanks(filter)
                .orElseThrow(() -> LaunchConfig.refused("--local-ranks-filter", filter, "local ranks, as in 0,2"));
    }

    private static Streams read(String flag, @Nullable String text) {
        return text == null
                ? Streams.NONE
                : Streams.read(text).orElseThrow(() -> LaunchConfig.refused(flag, text, STREAMS));
    }

    private @Nullable Path checkedDirectory() {
        return logDir == null ? null : checkedDirectory("--log-dir", logDir);
    }

    /** It is made where it is missing; a file in its way is better found now. */
    static Path checkedDirectory(String flag, Path directory) {
        Path existing = directory.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw LaunchConfig.refused(flag, directory, "a directory that can be written, or made");
        }
        return directory;
    }
}
