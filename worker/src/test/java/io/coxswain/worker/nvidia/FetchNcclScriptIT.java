package io.coxswain.worker.nvidia;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.nvidia.Command.Ending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the download of NCCL fails. That it succeeds, and does nothing the second time, NvidiaLibrariesIT needs and so shows. */
class FetchNcclScriptIT {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String WHEEL = "nvidia_nccl_cu13-2.30.7-py3-none-any.whl";

    @TempDir
    Path directory;

    @BeforeAll
    static void needsItsTools() {
        NvidiaLibraries.requireTools();
    }

    @Test
    void shouldRefuseWrongUsage() throws Exception {
        assertThat(fetch(Map.of()).exitCode()).isEqualTo(2);
        assertThat(fetch(Map.of(), "--with-cudnn").error()).contains("unknown option: --with-cudnn");
        assertThat(fetch(Map.of(), "one", "two").error()).contains("one DIR, not two: one and two");
    }

    @Test
    void shouldSayWhatItDoes() throws Exception {
        Ending help = fetch(Map.of(), "--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.output()).contains("fetch-nccl.sh DIR", "--with-cudart", "NVIDIA's licences", "Exit codes");
    }

    @Test
    void shouldSayThatThereIsNoIndexThatHasIt() throws Exception {
        Ending ending = fetch(indexOf(Files.createDirectory(directory.resolve("empty"))), target().toString());

        assertThat(ending.exitCode()).isEqualTo(1);
        assertThat(ending.error()).contains("nvidia-nccl-cu13==2.30.7 could not be downloaded");
        assertThat(filesOf(target())).isEmpty();
    }

    @Test
    void shouldKeepNothingOfAWheelThatIsNotThePinnedOne() throws Exception {
        Path index = Files.createDirectory(directory.resolve("index"));
        Files.writeString(index.resolve(WHEEL), "of somebody else");
        Path library = Files.createDirectory(target()).resolve("libnccl.so.2");
        Files.writeString(library, "what was there before");

        Ending ending = fetch(indexOf(index), target().toString());

        assertThat(ending.exitCode()).isEqualTo(1);
        assertThat(ending.error()).contains("hash mismatch: what came for nvidia-nccl-cu13==2.30.7");
        assertThat(filesOf(target())).containsExactly(library);
        assertThat(library).hasContent("what was there before");
    }

    /** Makes pip take wheels from the folder, and from nowhere else. */
    private static Map<String, String> indexOf(Path folder) {
        return Map.of("PIP_CONFIG_FILE", "/dev/null", "PIP_NO_INDEX", "1", "PIP_FIND_LINKS", folder.toString());
    }

    private Path target() {
        return directory.resolve("target");
    }

    private static Stream<Path> filesOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList().stream();
        }
    }

    private Ending fetch(Map<String, String> environment, String... arguments) throws IOException {
        return Command.run(directory, LIMIT, environment, NvidiaLibraries.script(arguments));
    }
}
