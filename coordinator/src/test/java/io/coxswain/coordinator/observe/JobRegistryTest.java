package io.coxswain.coordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.coxswain.coordinator.observe.JobRegistry.Registration;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobRegistryTest {
    private static final long SELF = ProcessHandle.current().pid();

    @TempDir
    private Path temporary;

    private Path directory;
    private JobRegistry registry;

    @BeforeEach
    void createRegistry() {
        directory = temporary.resolve("run").resolve("coxswain");
        registry = new JobRegistry(directory);
    }

    @Test
    void shouldLetTheReplicasOfOneJobReplaceEachOthersEntry() throws IOException {
        long other = ProcessHandle.current().parent().orElseThrow().pid();
        var replicas = List.of(new JobEntry.Replica(SELF, "a:1"), new JobEntry.Replica(other, "b:2"));
        registry.register(new JobEntry("train", "here", other, "b:2", 1, replicas));

        registry.register(new JobEntry("train", "here", SELF, "a:1", 2, replicas));

        assertThat(registry.find("train").orElseThrow().address()).isEqualTo("a:1");
    }

    @Test
    void shouldKeepTheEntryOfAHigherTerm() throws IOException {
        long other = ProcessHandle.current().parent().orElseThrow().pid();
        var replicas = List.of(new JobEntry.Replica(SELF, "a:1"), new JobEntry.Replica(other, "b:2"));
        registry.register(new JobEntry("train", "here", other, "b:2", 2, replicas));

        registry.register(new JobEntry("train", "here", SELF, "a:1", 1, replicas))
                .close();

        assertThat(registry.find("train").orElseThrow().address()).isEqualTo("b:2");
    }

    @Test
    void shouldFindAJobByAnyReplicaThatLives() throws IOException {
        long ended = 2_000_000_000;
        var replicas = List.of(new JobEntry.Replica(ended, "b:2"), new JobEntry.Replica(SELF, "a:1"));

        registry.register(new JobEntry("train", "here", ended, "b:2", 1, replicas));

        assertThat(registry.find("train").orElseThrow().address()).isEqualTo("a:1");
    }

    @Test
    void shouldFindARegisteredJobUntilItsRegistrationIsClosed() throws IOException {
        JobEntry entry = entry("train", SELF);

        try (Registration registration = registry.register(entry)) {
            assertThat(registry.find("train")).contains(entry);
            assertThat(registry.list()).containsExactly(entry);
            registration.close();
            assertThat(registry.find("train")).isEmpty();
        }

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldKeepOneJsonFileWithTheFiveMembersAndNothingElse() throws IOException {
        try (Registration registration =
                registry.register(new JobEntry("a.b-c_1", "node7", SELF, "10.0.0.7:29500", 3))) {
            JsonNode json =
                    JsonMapper.builder().build().readTree(registration.file().toFile());

            assertThat(json.toString())
                    .isEqualTo("{\"job\":\"a.b-c_1\",\"host\":\"node7\",\"pid\":" + SELF
                            + ",\"address\":\"10.0.0.7:29500\",\"term\":3}");
            assertThat(directory).isDirectoryContaining("regex:.*/a[.]b-c_1[.]json");
            assertThat(directory.toFile().list()).hasSize(1);
        }
    }

    @Test
    void shouldMakeTheDirectoryForItsOwnerOnly() throws IOException {
        registry.register(entry("train", SELF));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void shouldListSeveralJobsByName() throws IOException {
        registry.register(entry("b", SELF));
        registry.register(entry("c", SELF));
        registry.register(entry("a", SELF));

        assertThat(registry.list()).extracting(JobEntry::job).containsExactly("a", "b", "c");
    }

    @Test
    void shouldListNothingAndMakeNothingWhereNoJobEverRan() throws IOException {
        assertThat(registry.list()).isEmpty();
        assertThat(registry.find("train")).isEmpty();
        assertThat(directory).doesNotExist();
    }

    @Test
    void shouldSkipAndRemoveTheEntryOfAProcessThatHasEnded() throws Exception {
        Process ended = new ProcessBuilder("sleep", "0").start();
        ended.waitFor();
        Registration stale = registry.register(entry("stale", ended.pid()));
        registry.register(entry("live", SELF));

        assertThat(registry.list()).extracting(JobEntry::job).containsExactly("live");
        assertThat(stale.file()).doesNotExist();
    }

    @Test
    void shouldNotFindTheJobOfAProcessThatHasEnded() throws Exception {
        Process ended = new ProcessBuilder("sleep", "0").start();
        ended.waitFor();
        registry.register(entry("stale", ended.pid()));

        assertThat(registry.find("stale")).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldLetAProcessEnterItsJobAgainWithAnotherTerm() throws IOException {
        registry.register(entry("train", SELF));
        JobEntry next = new JobEntry("train", "localhost", SELF, "127.0.0.1:29500", 2);
        registry.register(next);

        assertThat(registry.list()).containsExactly(next);
    }

    @Test
    void shouldRefuseAJobThatAnotherLiveProcessRuns() throws Exception {
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            registry.register(entry("train", other.pid()));

            assertThatThrownBy(() -> registry.register(entry("train", SELF)))
                    .isInstanceOf(FileAlreadyExistsException.class)
                    .hasMessageContaining("job 'train' runs already, pid " + other.pid() + " at 127.0.0.1:29500");
            assertThat(registry.find("train")).contains(entry("train", other.pid()));
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldNotRemoveTheEntryOfTheProcessThatTookTheNameOver() throws Exception {
        Process first = new ProcessBuilder("sleep", "600").start();
        Registration registration;
        try {
            registration = registry.register(entry("train", first.pid()));
        } finally {
            first.destroyForcibly().waitFor();
        }
        registry.register(entry("train", SELF));

        registration.close();

        assertThat(registry.find("train")).contains(entry("train", SELF));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{\"job\":\"bad\"",
                "{\"job\":\"bad\",\"host\":\"h\",\"pid\":1,\"address\":\"h:1\"}",
                "{\"job\":\"bad\",\"host\":\"h\",\"pid\":0,\"address\":\"h:1\",\"term\":1}",
                "{\"job\":\"bad\",\"host\":\"h\",\"pid\":1,\"address\":\"h\",\"term\":1}",
                "{\"job\":\"bad\",\"host\":null,\"pid\":1,\"address\":\"h:1\",\"term\":1}",
                "{\"job\":\"other\",\"host\":\"h\",\"pid\":1,\"address\":\"h:1\",\"term\":1}",
                "{\"job\":\"bad\",\"host\":\"h\",\"pid\":1,\"address\":\"h:1\",\"term\":1} {}"
            })
    void shouldLeaveOutACorruptFileWithAWarningThatNamesIt(String content) throws IOException {
        registry.register(entry("good", SELF));
        Path corrupt = Files.writeString(directory.resolve("bad.json"), content);

        String log = standardErrorOf(() -> assertThat(registry.list()).containsExactly(entry("good", SELF)));

        assertThat(log).contains("WARN").contains(corrupt.toString());
        assertThat(corrupt).hasContent(content);
    }

    @Test
    void shouldTakeMembersThatItDoesNotKnow() throws IOException {
        registry.register(entry("train", SELF));
        Files.writeString(
                directory.resolve("train.json"),
                "{\"job\":\"train\",\"host\":\"localhost\",\"pid\":" + SELF
                        + ",\"address\":\"127.0.0.1:29500\",\"term\":1,\"region\":\"x\"}");

        assertThat(registry.find("train")).contains(entry("train", SELF));
    }

    @Test
    void shouldRefuseADirectoryThatBelongsToSomebodyElse() throws IOException {
        JobRegistry foreign = new JobRegistry(foreignDirectory());

        assertThatThrownBy(foreign::list)
                .isInstanceOf(AccessDeniedException.class)
                .hasMessageContaining("belongs to");
        assertThatThrownBy(() -> foreign.find("train")).isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> foreign.register(entry("train", SELF))).isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> foreign.socketPath("train", 1)).isInstanceOf(AccessDeniedException.class);
    }

    @Test
    void shouldRefuseADirectoryThatIsAFile() throws IOException {
        JobRegistry wrong = new JobRegistry(Files.createFile(temporary.resolve("file")));

        assertThatThrownBy(wrong::list).isInstanceOf(IOException.class).hasMessageContaining("is no directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "../a", "a b"})
    void shouldRefuseANameThatNoJobCanHave(String job) {
        assertThatThrownBy(() -> registry.find(job))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("job '" + job + "'");
        assertThatThrownBy(() -> registry.socketPath(job, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldGiveEachCoordinatorItsOwnSocketPath() throws IOException {
        assertThat(registry.socketPath("train", -2)).isEqualTo(directory.resolve("train-fffffffffffffffe.sock"));
        assertThat(registry.socketPath("train", 0x2a)).isEqualTo(directory.resolve("train-000000000000002a.sock"));
        assertThat(directory).isDirectory();
    }

    @Test
    void shouldTakeASocketPathOf107BytesAndRefuseOneOf108() throws IOException {
        int others = temporary.toString().length() + "/".length() + "-0000000000000001.sock".length();
        JobRegistry flat = new JobRegistry(temporary);

        assertThat(flat.socketPath("j".repeat(107 - others), 1).toString()).hasSize(107);
        assertThatThrownBy(() -> flat.socketPath("j".repeat(108 - others), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 108 bytes")
                .hasMessageContaining("at most 107");
    }

    @Test
    void shouldTakeTheRuntimeDirectoryWhereThereIsOne() throws IOException {
        assertThat(JobRegistry.defaultDirectory(Map.of("XDG_RUNTIME_DIR", temporary.toString())))
                .isEqualTo(temporary.resolve("coxswain"));
    }

    @Test
    void shouldTakeADirectoryOfTheUserInTmpWhereThereIsNoRuntimeDirectory() throws IOException {
        Path expected = Path.of("/tmp/coxswain-" + Files.getAttribute(temporary, "unix:uid"));

        assertThat(JobRegistry.defaultDirectory(Map.of())).isEqualTo(expected);
        assertThat(JobRegistry.defaultDirectory(Map.of("XDG_RUNTIME_DIR", ""))).isEqualTo(expected);
        assertThat(JobRegistry.defaultDirectory(Map.of("XDG_RUNTIME_DIR", "src")))
                .isEqualTo(expected);
        assertThat(JobRegistry.defaultDirectory(Map.of("XDG_RUNTIME_DIR", temporary + "/missing")))
                .isEqualTo(expected);
    }

    /** Root has no foreign directory but one that it gives away; everybody else has root's. */
    private Path foreignDirectory() throws IOException {
        boolean root = Files.getAttribute(temporary, "unix:uid").equals(0);
        return root
                ? Files.setAttribute(Files.createDirectory(temporary.resolve("foreign")), "unix:uid", 65534)
                : Path.of("/etc");
    }

    private static JobEntry entry(String job, long pid) {
        return new JobEntry(job, "localhost", pid, "127.0.0.1:29500", 1);
    }

    private interface Action {
        void run() throws IOException;
    }

    private static String standardErrorOf(Action action) throws IOException {
        PrintStream before = System.err;
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(before);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }
}
