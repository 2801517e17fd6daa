package io.coxswain.worker.standin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The libraries libcuda, libcudart, libnccl, libcublas and libcublasLt over host memory, built from {@code src/test/c/standin}
 * with gcc once for each state of their sources. JVMs that need them at the same time build them side by side, and the
 * first one's are used by all.
 */
public final class StandIn {
    private static final String LINK_PATH = "org.bytedeco.javacpp.platform.linkpath";
    private static final String CACHE = "org.bytedeco.javacpp.cachedir";
    private static final List<String> BINDINGS = List.of("libjnicudart.so", "libjninccl.so", "libjnicublas.so");
    /** Maven runs the tests in the module's folder and says so here; other runners may run them elsewhere. */
    private static final Path MODULE =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath();

    private static final Path SOURCES = MODULE.resolve("src/test/c/standin");
    private static final Path BUILDS = MODULE.resolve("target/stand-in");
    private static final long BUILD_LIMIT_SECONDS = 180;

    private static @Nullable Path built;

    private StandIn() {}

    /** Whether the libraries can be built here. */
    public static boolean hasCompiler() {
        return runs("gcc") && runs("nm");
    }

    /** The directory of the libraries, built if need be. */
    public static synchronized Path directory() {
        Path directory = built;
        if (directory == null) {
            try {
                directory = build();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot build the CUDA stand-in", e);
            }
            built = directory;
        }
        return directory;
    }

    /**
     * What a JVM needs to be started with so that it loads the stand-in and nothing else: neither a CUDA toolkit of this
     * machine, nor what an earlier JVM of this user has loaded and JavaCPP remembers.
     */
    public static List<String> jvmOptions() {
        Path directory = directory();
        return List.of("-D" + LINK_PATH + "=" + directory, "-D" + CACHE + "=" + directory.resolve("javacpp"));
    }

    /** Makes this JVM load the stand-in. Call it before the first use of JavaCPP, if the build has not set its properties. */
    public static synchronized void use() {
        Path directory = directory();
        if (System.getProperty(LINK_PATH) == null) {
            System.setProperty(LINK_PATH, directory.toString());
            System.setProperty(CACHE, directory.resolve("javacpp").toString());
        }
    }

    private static boolean runs(String tool) {
        try {
            Process process = new ProcessBuilder(tool, "--version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Path build() throws IOException {
        Path directory = BUILDS.resolve(fingerprint());
        if (!Files.exists(directory)) {
            Files.createDirectories(BUILDS);
            Path unfinished = Files.createTempDirectory(BUILDS, "unfinished-");
            compile(unfinished);
            try {
                Files.move(unfinished, directory, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (!Files.exists(directory)) {
                    throw e;
                }
                delete(unfinished); // another JVM was faster, and its libraries are as good
            }
        }
        point(BUILDS.resolve("current"), directory);
        return directory;
    }

    private static void compile(Path directory) throws IOException {
        Path bindings = Files.createDirectory(directory.resolve("bindings"));
        for (String name : BINDINGS) {
            try (InputStream library = binding(name).openStream()) {
                Files.copy(library, bindings.resolve(name));
            }
        }
        Path log = directory.resolve("build.log");
        Process build = new ProcessBuilder(
                        "sh", SOURCES.resolve("build.sh").toString(), directory.toString(), bindings.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!build.waitFor(BUILD_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                build.destroyForcibly();
                throw new IOException("the build did not end: " + Files.readString(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            build.destroyForcibly();
            throw new IOException("interrupted", e);
        }
        if (build.exitValue() != 0) {
            throw new IOException("exit status " + build.exitValue() + ": " + Files.readString(log));
        }
        delete(bindings);
    }

    private static URL binding(String name) throws IOException {
        URL url = StandIn.class.getResource("/org/bytedeco/cuda/linux-x86_64/" + name);
        if (url == null) {
            throw new IOException("no " + name + " on the class path");
        }
        return url;
    }

    /** Of the sources, of the bindings' version and of the processor, whose instructions the libraries use. */
    private static String fingerprint() throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        try (Stream<Path> sources = Files.list(SOURCES)) {
            for (Path source : sources.sorted().toList()) {
                digest.update(source.getFileName().toString().getBytes(StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(source));
            }
        }
        digest.update(binding(BINDINGS.get(0)).toString().getBytes(StandardCharsets.UTF_8));
        try (Stream<String> processor = Files.lines(Path.of("/proc/cpuinfo"))) {
            digest.update(processor
                    .filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .orElse("")
                    .getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 8);
    }

    /** The JVM of the tests has this link among its properties before anything is built. */
    private static void point(Path link, Path directory) throws IOException {
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(directory)) {
            return;
        }
        Path fresh = Files.createTempDirectory(BUILDS, "unfinished-");
        Path renamed = Files.createSymbolicLink(fresh.resolve("current"), directory);
        Files.move(renamed, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.delete(fresh);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}
