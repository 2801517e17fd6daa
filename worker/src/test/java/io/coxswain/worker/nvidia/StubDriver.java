package io.coxswain.worker.nvidia;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A libcuda.so.1 whose functions refuse: the bindings and NVIDIA's libraries load beside it, and find no device. */
enum StubDriver {
    /** Refuses even to say its version, as if it were far too old. */
    MUTE(false),
    /** A driver as new as the libraries, on a machine that has no GPU in it. */
    WITHOUT_DEVICE(true);

    /** The CUDA that the bindings were made for. */
    private static final int VERSION = 13_030;

    private static final String BINDINGS = "/org/bytedeco/cuda/linux-x86_64/libjnicudart.so";
    private static final String NAME = "libcuda.so.1";
    private static final Set<String> WRITTEN = Set.of("cuDriverGetVersion", "cuGetProcAddress_v2");
    private static final Duration LIMIT = Duration.ofMinutes(1);
    static final Path SOURCES = NvidiaLibraries.MODULE.resolve("src/test/c/nvidia");

    /** Whether driver.c is part of it, and {@link #WRITTEN} are not generated. */
    private final boolean talks;

    StubDriver(boolean talks) {
        this.talks = talks;
    }

    /** Builds it; returns its folder, which must be new. */
    Path build(Path folder) throws IOException {
        Files.createDirectory(folder);
        Path source = folder.resolve("refusals.c");
        Files.writeString(source, refusals(imports(folder)));
        List<String> sources = new ArrayList<>(List.of(source.toString()));
        if (talks) {
            sources.add(SOURCES.resolve("driver.c").toString());
        }
        gcc(
                folder,
                sources,
                List.of("-shared", "-fPIC", "-Wl,-soname," + NAME, "-DDRIVER_VERSION=" + VERSION),
                folder.resolve(NAME));
        return folder;
    }

    static void gcc(Path folder, List<String> sources, List<String> options, Path target) throws IOException {
        List<String> words = new ArrayList<>(List.of("gcc", "-std=gnu11", "-Wall", "-Werror"));
        words.addAll(options);
        words.addAll(List.of("-o", target.toString()));
        words.addAll(sources);
        words.add("-ldl"); // part of libc since glibc 2.34
        Command.run(folder, LIMIT, Map.of(), words).lines("gcc");
    }

    private String refusals(List<String> functions) {
        return functions.stream()
                .filter(function -> !talks || !WRITTEN.contains(function))
                .map(function -> "int " + function + "(void) { return 100; } /* CUDA_ERROR_NO_DEVICE */\n")
                .collect(Collectors.joining());
    }

    /** A function that is missing would end the JVM when it is called, so all have to be there. */
    private static List<String> imports(Path folder) throws IOException {
        Path bindings = folder.resolve("bindings.so");
        try (InputStream library = StubDriver.class.getResourceAsStream(BINDINGS)) {
            if (library == null) {
                throw new IOException("no " + BINDINGS + " on the class path");
            }
            Files.copy(library, bindings);
        }
        List<String> words = List.of("nm", "-D", "--undefined-only", "--format=posix", bindings.toString());
        return Command.run(folder, LIMIT, Map.of(), words).lines("nm").stream()
                .map(line -> line.replaceFirst(" .*", ""))
                .filter(name -> name.matches("cu[A-Z]\\w*"))
                .toList();
    }
}
