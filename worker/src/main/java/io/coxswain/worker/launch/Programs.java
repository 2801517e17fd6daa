package io.coxswain.worker.launch;

import java.io.File;
import java.nio.file.Path;
import java.util.List;

/**
 * What the launcher starts, and the machine it starts it on.
 *
 * @param java the Java program
 * @param javaVersion its feature version (17, 25, ...): some options exist only from a version on
 * @param machine whose processors and GPUs the workers share
 */
record Programs(Path java, int javaVersion, Machine machine, Program coordinator, Program worker) {

    /**
     * A Java main class and where its classes lie.
     *
     * @param javaOptions of this program alone
     */
    record Program(String classpath, String mainClass, List<String> javaOptions) {}

    /** The programs of this build, run by the JVM that runs the launcher. */
    static Programs ofThisJvm(Machine machine, String coordinatorClasspath, ClassArchives archives) {
        return new Programs(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                Runtime.version().feature(),
                machine,
                new Program(
                        coordinatorClasspath,
                        "io.coxswain.coordinator.CoordinatorMain",
                        archives.options("coordinator")),
                new Program(
                        System.getProperty("java.class.path"),
                        "io.coxswain.worker.WorkerMain",
                        archives.options("worker")));
    }

    /** The coordinator's class path in a checkout of the project. */
    static String coordinatorClasspathIn(Path home) {
        Path target = home.resolve("coordinator").resolve("target");
        return String.join(
                File.pathSeparator,
                List.of(
                        target.resolve("coxswain-coordinator.jar").toString(),
                        target.resolve("lib").resolve("*").toString()));
    }
}
