package io.coxswain.coordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With sockets of this process. */
class DeadSocketsTest {

    @TempDir
    private Path jobs;

    private final Instant later = Instant.now().plusSeconds(60);

    private static ServerSocketChannel serve(Path socket) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        return server;
    }

    private static Path dead(Path socket) throws IOException {
        serve(socket).close();
        return socket;
    }

    private void remove(Instant before) throws IOException {
        new DeadSockets(jobs).remove(before);
    }

    @Test
    void shouldRemoveASocketWhereNobodyServesAnyMore() throws IOException {
        dead(jobs.resolve("train-1.sock"));
        remove(later);
        assertThat(jobs).isEmptyDirectory();
    }

    @Test
    void shouldLeaveASocketWhereSomebodyServes() throws IOException {
        Path socket = jobs.resolve("train-1.sock");
        try (ServerSocketChannel server = serve(socket)) {
            remove(later);
            assertThat(server.isOpen()).isTrue();
            assertThat(socket).exists();
        }
    }

    @Test
    void shouldLeaveAYoungSocketForSomebodyMayBeAboutToServe() throws IOException {
        Path socket = dead(jobs.resolve("train-1.sock"));
        remove(Instant.now().minusSeconds(60));
        assertThat(socket).exists();
    }

    @Test
    void shouldLeaveWhatIsNoSocket() throws IOException {
        Path file = Files.createFile(jobs.resolve("notes.sock"));
        Path entry = Files.createFile(jobs.resolve("train.json"));
        remove(later);
        assertThat(file).exists();
        assertThat(entry).exists();
    }

    @Test
    void shouldRemoveARehearsalThatNobodyServesAnyMoreWithItsEntry() throws IOException {
        Path rehearsal = DeadSockets.newRehearsal(jobs);
        dead(rehearsal.resolve("steps.sock"));
        Files.createFile(rehearsal.resolve("rehearsal.json"));
        remove(later);
        assertThat(jobs).isEmptyDirectory();
    }

    @Test
    void shouldRemoveARehearsalThatNeverServed() throws IOException {
        DeadSockets.newRehearsal(jobs);
        remove(later);
        assertThat(jobs).isEmptyDirectory();
    }

    @Test
    void shouldLeaveARehearsalThatGoesOn() throws IOException {
        Path rehearsal = DeadSockets.newRehearsal(jobs);
        try (ServerSocketChannel server = serve(rehearsal.resolve("steps.sock"))) {
            remove(later);
            assertThat(server.isOpen()).isTrue();
            assertThat(rehearsal).isNotEmptyDirectory();
        }
    }
}
