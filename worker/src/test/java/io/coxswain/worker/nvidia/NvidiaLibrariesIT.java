package io.coxswain.worker.nvidia;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.nccl4j.NcclQuestions;
import io.coxswain.nccl4j.UniqueId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The code that serves, over NVIDIA's own NCCL and CUDA runtime, beside drivers that know no GPU. */
class NvidiaLibrariesIT {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    static Path directory;

    private static Path libraries = Path.of("");
    private static final Map<StubDriver, Path> DRIVERS = new EnumMap<>(StubDriver.class);

    @BeforeAll
    static void downloadTheLibrariesAndBuildTheDrivers() throws IOException {
        libraries = NvidiaLibraries.fetch(directory);
        for (StubDriver driver : StubDriver.values()) {
            DRIVERS.put(driver, driver.build(directory.resolve(driver.name())));
        }
    }

    /** JavaCPP's cache leads to the libraries, and JUnit warns of links that lead out of what it deletes. */
    @AfterAll
    static void deleteTheLinksToTheLibraries() throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path link : paths.filter(Files::isSymbolicLink).toList()) {
                Files.delete(link);
            }
        }
    }

    @Test
    void shouldBeMadeForThisVersion() throws Exception {
        assertThat(askNccl("versions", StubDriver.MUTE)).containsExactly("2.30.7", "2.30.7");
    }

    @Test
    void shouldGetIdsThatDiffer() throws Exception {
        List<String> ids = askNccl("ids", StubDriver.MUTE);

        assertThat(ids).hasSize(2).doesNotHaveDuplicates();
        assertThat(ids).allSatisfy(id -> assertThat(id).hasSize(2 * UniqueId.BYTES));
    }

    @Test
    void shouldConfigureACommunicatorAsNvidiasHeaderDoes() throws Exception {
        Path program = directory.resolve("config");
        String ours = "-I" + StubDriver.SOURCES.resolve("include");
        StubDriver.gcc(
                directory,
                List.of(StubDriver.SOURCES.resolve("config.c").toString()),
                List.of("-I" + libraries, ours),
                program);
        List<String> theirs = Command.run(directory, LIMIT, Map.of(), List.of(program.toString()))
                .lines("config");

        assertThat(askNccl("configs", StubDriver.MUTE)).hasSize(3).isEqualTo(theirs);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            blocking     | MUTE           | CUDA driver version is insufficient for CUDA runtime version
            non-blocking | MUTE           | CUDA driver version is insufficient for CUDA runtime version
            blocking     | WITHOUT_DEVICE | no CUDA-capable device is detected
            non-blocking | WITHOUT_DEVICE | no CUDA-capable device is detected
            """)
    void shouldSayInNcclsWordsWhyACommunicatorCannotBe(String mode, StubDriver driver, String reason) throws Exception {
        List<String> refusal = askNccl(mode, driver);

        assertThat(refusal.get(0))
                .isEqualTo("ncclCommInitRankConfig | UNHANDLED_CUDA_ERROR | Cuda failure '" + reason + "'");
        assertThat(refusal.get(1)).contains("unhandled cuda error", reason);
    }

    @Test
    void shouldSayInNcclsWordsThatAnArgumentIsWrong() throws Exception {
        assertThat(askNccl("null-id", StubDriver.MUTE).get(0))
                .isEqualTo("ncclGetUniqueId | INVALID_ARGUMENT | GetUniqueId : out argument is NULL");
    }

    @Test
    void shouldLeaveNoGroupOpenAfterARefusalInOne() throws Exception {
        List<String> answer = askNccl("groups", StubDriver.WITHOUT_DEVICE);

        assertThat(answer.get(0)).contains("UNHANDLED_CUDA_ERROR");
        assertThat(answer).last().isEqualTo("closed");
    }

    @ParameterizedTest
    @EnumSource
    void shouldSayThatThereIsNoDevice(StubDriver driver) throws Exception {
        String status = switch (driver) {
            case MUTE ->
                "cudaErrorInsufficientDriver (35): CUDA driver version is insufficient for CUDA runtime version";
            case WITHOUT_DEVICE -> "cudaErrorNoDevice (100): no CUDA-capable device is detected";
        };

        List<String> said = run(driver, CudaQuestions.class);

        assertThat(said).hasSize(3).allSatisfy(line -> assertThat(line).isEqualTo("no CUDA device: " + status));
    }

    private static List<String> askNccl(String question, StubDriver driver) throws IOException {
        return run(driver, NcclQuestions.class, question);
    }

    /** In a JVM of its own, which loads these libraries whatever else the machine has, and whose end NVIDIA's code may cause. */
    private static List<String> run(StubDriver driver, Class<?> program, String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.platform.linkpath=" + libraries,
                "-Dorg.bytedeco.javacpp.cachedir=" + directory.resolve("javacpp"),
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        words.addAll(List.of(arguments));
        Map<String, String> environment = Map.of(
                // The bindings name the driver as something that they need, and only the system's loader looks for
                // that.
                "LD_LIBRARY_PATH", String.valueOf(DRIVERS.get(driver)),
                // Whatever network the machine has, and whatever its user wants to hear of NCCL.
                "NCCL_SOCKET_IFNAME", "lo",
                "NCCL_DEBUG", "NONE");
        return Command.run(directory, LIMIT, environment, words).lines(program.getSimpleName());
    }
}
