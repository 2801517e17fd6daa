package io.coxswain.worker.launch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A worker of the user's own.
 *
 * @param mainClass its main class
 * @param classpath where that lies; null: beside the worker's own classes, which are on the class path in any case
 * @param arguments of its main method
 */
public record CustomWorker(String mainClass, @Nullable String classpath, List<String> arguments) {
    public CustomWorker {
        if (mainClass.isBlank()) {
            throw LaunchConfig.refused("--worker-main", mainClass, "the name of a Java class");
        }
        if (classpath != null && classpath.isBlank()) {
            throw LaunchConfig.refused("--worker-classpath", classpath, "a Java class path");
        }
        arguments = List.copyOf(arguments);
    }
}
