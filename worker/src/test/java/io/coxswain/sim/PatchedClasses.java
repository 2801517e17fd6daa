package io.coxswain.sim;

import io.coxswain.coordinator.core.Group;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.worker.feed.TracePlayer;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** The core and the simulation once more, with a patched class among them. */
final class PatchedClasses extends ClassLoader {

    private static final List<String> RELOADED =
            List.of("io.coxswain.coordinator.core.", "io.coxswain.coordinator.election.", "io.coxswain.sim.");
    private static final List<Class<?>> NEEDED =
            List.of(Group.class, CudaGraphMode.class, TracePlayer.class, Simulation.class, NullMarked.class);

    private final Path folder;

    private PatchedClasses(Path folder) {
        super(PatchedClasses.class.getClassLoader());
        this.folder = folder;
    }

    /** Compiles a patched class into a folder. */
    static PatchedClasses compile(Patch patch, Path folder) throws IOException {
        Path source = Files.writeString(folder.resolve(patch.source().getFileName()), patch.apply());
        ByteArrayOutputStream complaints = new ByteArrayOutputStream();
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        complaints,
                        complaints,
                        "-proc:none",
                        "-nowarn",
                        "-d",
                        folder.toString(),
                        "-cp",
                        classPath(),
                        source.toString());
        if (failed != 0) {
            throw new AssertionError("the patched " + patch.source() + " does not compile:\n"
                    + complaints.toString(StandardCharsets.UTF_8));
        }
        return new PatchedClasses(folder);
    }

    private static String classPath() {
        return NEEDED.stream().map(PatchedClasses::placeOf).collect(Collectors.joining(File.pathSeparator));
    }

    private static String placeOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            if (RELOADED.stream().noneMatch(name::startsWith)) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        String file = name.replace('.', '/') + ".class";
        try {
            byte[] bytes = patched(file);
            if (bytes == null) {
                bytes = unpatched(name, file);
            }
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private byte @Nullable [] patched(String file) throws IOException {
        Path path = folder.resolve(file);
        return Files.exists(path) ? Files.readAllBytes(path) : null;
    }

    private byte[] unpatched(String name, String file) throws IOException, ClassNotFoundException {
        try (InputStream in = getParent().getResourceAsStream(file)) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        }
    }
}
