package io.coxswain.coordinator.observe;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What coordinators that were killed have left in a directory of jobs: the file of a Unix socket outlives its process. Whether
 * anybody serves there is asked of the socket, for its process may be one of another container, whose number says nothing here.
 * Thread-safe; touches the disk.
 */
public final class DeadSockets {
    private static final String SOCKETS = "*.sock";
    private static final String REHEARSAL = "rehearsal-";

    private final Path directory;

    /** Of the jobs in that directory. */
    public DeadSockets(Path directory) {
        this.directory = directory;
    }

    /**
     * A new directory for a rehearsal's entry and socket, which is removed with a socket in it where nobody serves.
     *
     * @throws IOException if it cannot be made
     */
    public static Path newRehearsal(Path jobs) throws IOException {
        return Files.createTempDirectory(jobs, REHEARSAL);
    }

    /**
     * Removes sockets where nobody serves, and the directories of rehearsals with such a one or none.
     *
     * @param before younger ones stay, for somebody may be about to serve there
     * @throws IOException if something cannot be looked at or removed
     */
    public void remove(Instant before) throws IOException {
        for (Path socket : list(directory, SOCKETS)) {
            if (isOlder(socket, before) && isDead(socket)) {
                Files.deleteIfExists(socket);
            }
        }
        for (Path rehearsal : list(directory, REHEARSAL + "*")) {
            if (isOlder(rehearsal, before) && !isServedIn(rehearsal)) {
                removeRehearsal(rehearsal);
            }
        }
    }

    /**
     * Removes a rehearsal's directory with what is in it.
     *
     * @throws IOException if something cannot be removed
     */
    public static void removeRehearsal(Path rehearsal) throws IOException {
        for (Path file : list(rehearsal, "*")) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(rehearsal);
    }

    private static List<Path> list(Path directory, String glob) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
            files.forEach(found::add);
        } catch (DirectoryIteratorException failed) {
            throw failed.getCause();
        }
        return found;
    }

    private static boolean isServedIn(Path rehearsal) throws IOException {
        for (Path socket : list(rehearsal, SOCKETS)) {
            if (!isDead(socket)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOlder(Path file, Instant limit) throws IOException {
        return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                .toInstant()
                .isBefore(limit);
    }

    /** A socket without a listener refuses, as a file does that is none; whatever else a connection comes to is no proof of that. */
    private static boolean isDead(Path socket) throws IOException {
        if (!Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(socket));
            return false;
        } catch (ConnectException refused) {
            return true;
        } catch (IOException unknown) {
            return false;
        }
    }
}
