package io.coxswain.worker.device.cuda;

import java.io.File;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;

/**
 * Loads NVIDIA's libraries, or says why they cannot be. Thread-safe.
 *
 * <p>JavaCPP looks for them in the directories of the property {@value #LINK_PATH}, then where the CUDA toolkit lies by default,
 * and then where the system's loader does. Its own libraries are megabytes that it unpacks and loads before it can know that
 * there is no driver; hence the driver comes first, by a plain dlopen.
 */
final class NativeLibraries {
    static final String LINK_PATH = "org.bytedeco.javacpp.platform.linkpath";
    private static final String MEMORY_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";
    private static final String DRIVER = "libcuda.so.1";
    private static final String NO_SUCH_FILE = "No such file";
    private static final Pattern PATH_SEPARATOR = Pattern.compile(Pattern.quote(File.pathSeparator));
    private static final Pattern INNERMOST_LIBRARY =
            Pattern.compile(".*\\b(lib[\\w+-]+\\.so[.\\d]*: .*)", Pattern.DOTALL);

    /** The JVM gives a class that failed to load one try, and does not say again what was wrong. */
    private static final Map<Class<?>, Optional<String>> OUTCOMES = new ConcurrentHashMap<>();

    private NativeLibraries() {}

    /** Loads the driver, so that whatever needs it later finds it loaded. Why not, where that fails. */
    static Optional<String> loadDriver() {
        liftMemoryLimit();
        try {
            Loader.load(org.bytedeco.javacpp.presets.javacpp.class);
            Loader.loadGlobal(driverInLinkPath().orElse(DRIVER));
            return Optional.empty();
        } catch (LinkageError e) {
            String reason = reason(e);
            return Optional.of(reason.contains(NO_SUCH_FILE) ? DRIVER + " was not found" : reason);
        }
    }

    /**
     * JavaCPP throws OutOfMemoryError at the next small structure once the process has four times the Java heap in memory. With a
     * small heap, CUDA's and NCCL's own memory on the host may be more than that. In force where this is the first use of JavaCPP.
     */
    private static void liftMemoryLimit() {
        if (System.getProperty(MEMORY_LIMIT) == null) {
            System.setProperty(MEMORY_LIMIT, "0");
        }
    }

    /** Loads JavaCPP's bindings and the library below them, at the first call. Why not, where that fails or failed. */
    static Optional<String> load(Class<?> bindings) {
        return OUTCOMES.computeIfAbsent(bindings, NativeLibraries::loadOnce);
    }

    private static Optional<String> loadOnce(Class<?> bindings) {
        try {
            Loader.load(bindings);
            return Optional.empty();
        } catch (LinkageError e) {
            return Optional.of(reason(e));
        }
    }

    /** JavaCPP does not load the driver, and the system's loader knows nothing of the link path. */
    private static Optional<String> driverInLinkPath() {
        return PATH_SEPARATOR
                .splitAsStream(System.getProperty(LINK_PATH, ""))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> new File(directory, DRIVER))
                .filter(File::exists)
                .map(File::getAbsolutePath)
                .findFirst();
    }

    /** What the system's loader said, without the libraries on the way there. */
    private static String reason(LinkageError error) {
        String text = error.toString();
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            Matcher loader = INNERMOST_LIBRARY.matcher(String.valueOf(cause.getMessage()));
            if (loader.matches()) {
                text = loader.group(1);
            }
        }
        return text.lines().findFirst().orElse(text);
    }
}
