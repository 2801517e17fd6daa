package io.coxswain.worker.device.cuda;

import java.nio.file.Path;

/** Has JavaCPP look into a directory of the user's before the system's places. Stateless, but for the system properties it sets. */
public final class CudaLibraryPath {

    private static final String CACHE = "org.bytedeco.javacpp.cachedir";

    private CudaLibraryPath() {}

    /** To be called before JavaCPP loads anything. What the user has set by these properties stays. */
    public static void use(Path directory) {
        Path absolute = directory.toAbsolutePath().normalize();
        setIfAbsent(NativeLibraries.LINK_PATH, absolute.toString());
        // JavaCPP's common cache keeps links to the libraries that it once found, and would find those again.
        String name = "coxswain-" + Integer.toHexString(absolute.toString().hashCode());
        setIfAbsent(
                CACHE,
                Path.of(System.getProperty("user.home"), ".javacpp", name).toString());
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
