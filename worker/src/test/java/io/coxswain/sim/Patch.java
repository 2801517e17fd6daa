package io.coxswain.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A bug to plant into a source file.
 *
 * @param source of the class, from this module's folder
 * @param edits each of which has to apply exactly once
 */
record Patch(Path source, List<Edit> edits) {

    private static final Path COORDINATOR = Path.of("../coordinator/src/main/java/io/coxswain/coordinator");
    private static final Path SIMULATION = Path.of("src/test/java/io/coxswain/sim");

    /** Some code, and what is put in its place. */
    record Edit(String code, String replacement) {}

    static Patch ofCore(String file, Edit... edits) {
        return new Patch(COORDINATOR.resolve("core").resolve(file), List.of(edits));
    }

    static Patch ofElection(String file, Edit... edits) {
        return new Patch(COORDINATOR.resolve("election").resolve(file), List.of(edits));
    }

    static Patch ofSimulation(String file, Edit... edits) {
        return new Patch(SIMULATION.resolve(file), List.of(edits));
    }

    /** The source with the bug in it. */
    String apply() throws IOException {
        String text = Files.readString(source);
        for (Edit edit : edits) {
            int at = text.indexOf(edit.code());
            if (at < 0 || text.indexOf(edit.code(), at + 1) >= 0) {
                throw new AssertionError(
                        "the patch no longer applies: " + source + " has to have exactly once\n" + edit.code());
            }
            text = text.replace(edit.code(), edit.replacement());
        }
        return text;
    }
}
