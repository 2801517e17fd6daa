package io.coxswain.worker.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Archives of loaded classes, by which JVMs start faster (class data sharing, JEP 350), one for each program. They are made by the JVMs of
 * a short job when they end; whoever runs the launcher says in its environment where they lie. A JVM that cannot use its archive, for it
 * is of another version or of other classes, starts without.
 *
 * @param directory where they lie; null: there are none
 */
record ClassArchives(@Nullable Path directory, Use use) {
    /** Set by the scripts of a checkout. */
    static final String READ_VARIABLE = "COXSWAIN_CLASS_ARCHIVES";
    /** Set by the scripts of a checkout for the short job. */
    static final String MAKE_VARIABLE = "COXSWAIN_MAKE_CLASS_ARCHIVES";

    /** What becomes of them. */
    enum Use {
        READ("-XX:SharedArchiveFile="),
        MAKE("-XX:ArchiveClassesAtExit=");

        private final String option;

        Use(String option) {
            this.option = option;
        }
    }

    static ClassArchives of(Map<String, String> environment) {
        String made = environment.getOrDefault(MAKE_VARIABLE, "");
        String read = environment.getOrDefault(READ_VARIABLE, "");
        if (!made.isEmpty()) {
            return new ClassArchives(Path.of(made), Use.MAKE);
        }
        return new ClassArchives(read.isEmpty() ? null : Path.of(read), Use.READ);
    }

    /** The JVM's options for a program, which would warn on stdout by default; none where there are no archives. */
    List<String> options(String program) {
        if (directory == null) {
            return List.of();
        }
        String archive = use.option + directory.resolve(program + ".jsa");
        return List.of(archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off");
    }
}
