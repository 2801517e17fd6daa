package io.coxswain.coordinator.observe;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;

/**
 * The directory that the jobs of one user share on one machine. It has to belong to that user: in a directory of
 * somebody else, a file could send a status question, or a worker's step stream, wherever its owner likes.
 *
 * <p>Immutable, thread-safe. The methods touch the disk.
 *
 * @param path where it is, or will be
 */
record JobDirectory(Path path) {
    private static final String UID = "unix:uid";

    /**
     * Where the jobs of this user are when nobody says otherwise: {@code $XDG_RUNTIME_DIR/coxswain} where that variable
     * names a directory (the XDG Base Directory Specification wants an absolute path), else
     * {@code /tmp/coxswain-UID}, with the user's name where the file system knows no numbers.
     *
     * @param environment the process's environment variables
     */
    static Path defaultPath(Map<String, String> environment) throws IOException {
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isEmpty() && Path.of(runtime).isAbsolute() && Files.isDirectory(Path.of(runtime))) {
            return Path.of(runtime, "coxswain");
        }
        return Path.of("/tmp", "coxswain-" + user());
    }

    /**
     * Makes the directory, for its owner only, where it is missing.
     *
     * @throws AccessDeniedException if it belongs to somebody else
     * @throws IOException if it cannot be made
     */
    void create() throws IOException {
        if (!exists()) {
            Files.createDirectories(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            requireOwn();
        }
    }

    /**
     * Whether the directory is there.
     *
     * @throws AccessDeniedException if it belongs to somebody else
     * @throws IOException if it is no directory, or cannot be looked at
     */
    boolean exists() throws IOException {
        if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        requireOwn();
        return true;
    }

    private void requireOwn() throws IOException {
        if (!Files.isDirectory(path)) {
            throw new FileSystemException(path.toString(), null, "the job directory is no directory");
        }
        Object self = user();
        // A link in a directory that all may write to, such as /tmp, is its maker's word: it has to be ours as well.
        requireOwner(self, owner(path, LinkOption.NOFOLLOW_LINKS));
        requireOwner(self, owner(path));
    }

    private void requireOwner(Object self, Object owner) throws AccessDeniedException {
        if (!self.equals(owner)) {
            throw new AccessDeniedException(
                    path.toString(), null, "the job directory belongs to user " + owner + ", not to user " + self);
        }
    }

    /** Who this process is: the owner of its entry in /proc; of the home directory where there is no /proc. */
    private static Object user() throws IOException {
        Path process = Path.of("/proc/self");
        return owner(
                Files.exists(process) ? process : Path.of(Objects.requireNonNull(System.getProperty("user.home"))));
    }

    /** The number of the file's owner, or the name where the file system knows no numbers. */
    private static Object owner(Path file, LinkOption... options) throws IOException {
        return file.getFileSystem().supportedFileAttributeViews().contains("unix")
                ? Objects.requireNonNull(Files.getAttribute(file, UID, options))
                : Files.getOwner(file, options).getName();
    }
}
