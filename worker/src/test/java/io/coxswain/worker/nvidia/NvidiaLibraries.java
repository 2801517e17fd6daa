package io.coxswain.worker.nvidia;

import static org.junit.jupiter.api.Assumptions.abort;

import io.coxswain.worker.nvidia.Command.Ending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * NVIDIA's libnccl and libcudart and the header of NCCL, downloaded by {@code scripts/fetch-nccl.sh} into a folder that outlives
 * builds: {@code -Dcoxswain.nvidia.libraries}, else {@code COXSWAIN_NVIDIA_LIBRARIES}, else below {@code ~/.cache/coxswain}. The
 * script moves each file there in one piece, so builds at the same time do not disturb each other.
 */
final class NvidiaLibraries {
    private static final String PROPERTY = "coxswain.nvidia.libraries";
    private static final String VARIABLE = "COXSWAIN_NVIDIA_LIBRARIES";
    private static final Duration DOWNLOAD_LIMIT = Duration.ofMinutes(8);
    private static final List<String> TOOLS = List.of("gcc", "nm", "python3", "pip3", "bash", "sha256sum");

    /** Maven runs the tests in the module's folder and says so here; other runners may run them elsewhere. */
    static final Path MODULE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();

    private NvidiaLibraries() {}

    /** Their folder. Where they cannot be had, the test ends here: skipped, and in CI failed. */
    static Path fetch(Path temporary) throws IOException {
        requireTools();
        Path folder = folder();
        Ending ending =
                Command.run(temporary, DOWNLOAD_LIMIT, Map.of(), script("--with-cudart", "--", folder.toString()));
        // Only what the machine lacks is a reason to skip: a wrong hash is not.
        if (ending.exitCode() == 1 && ending.error().contains("could not be downloaded")) {
            unavailable(ending.error());
        }
        ending.lines("fetch-nccl.sh");
        return folder;
    }

    /** The words that run {@code fetch-nccl.sh}. */
    static List<String> script(String... arguments) {
        Path script = MODULE.resolveSibling("scripts").resolve("fetch-nccl.sh");
        return Stream.concat(Stream.of(script.toString()), Stream.of(arguments)).toList();
    }

    /** Where something is missing that the download or a compilation needs, the test ends here: skipped, and in CI failed. */
    static void requireTools() {
        TOOLS.stream().filter(tool -> !isOnPath(tool)).findFirst().ifPresent(tool -> unavailable(tool + " is missing"));
    }

    private static Path folder() {
        return Optional.ofNullable(System.getProperty(PROPERTY))
                .or(() -> Optional.ofNullable(System.getenv(VARIABLE)))
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "coxswain", "nccl-2.30.7"))
                .toAbsolutePath();
    }

    private static void unavailable(String reason) {
        String words = "NVIDIA's libraries cannot be had here: " + reason;
        if (System.getenv("CI") != null || System.getenv("COXSWAIN_CI") != null) {
            throw new IllegalStateException(words + " (in CI nothing that needs them is skipped)");
        }
        abort(words);
    }

    private static boolean isOnPath(String tool) {
        return List.of(System.getenv("PATH").split(":")).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }
}
