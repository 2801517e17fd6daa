package io.coxswain.worker.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a machine has for workers.
 *
 * @param processors that this process may use, at least 1
 * @param gpus as CUDA_VISIBLE_DEVICES names them, in CUDA's order; empty: none is seen
 */
record Machine(int processors, List<String> gpus) {
    private static final Pattern DEVICE = Pattern.compile("nvidia[0-9]+");
    private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

    Machine {
        gpus = List.copyOf(gpus);
    }

    /** This machine. The driver's device files are counted, which needs none of CUDA's libraries. */
    static Machine here(Map<String, String> environment) {
        return new Machine(Runtime.getRuntime().availableProcessors(), gpus(Path.of("/dev"), environment));
    }

    /**
     * The GPUs that a process started from this one sees: those of CUDA_VISIBLE_DEVICES, up to the first that is none, or all.
     *
     * @param devices the directory of device files
     */
    static List<String> gpus(Path devices, Map<String, String> environment) {
        long count = count(devices);
        String visible = environment.get(VISIBLE);
        if (visible == null) {
            return IntStream.range(0, (int) count).mapToObj(Integer::toString).toList();
        }
        List<String> named = new ArrayList<>();
        for (String name : visible.split(",", -1)) {
            String device = name.strip();
            if (count == 0 || device.isEmpty() || device.startsWith("-")) {
                break;
            }
            named.add(device);
        }
        return named;
    }

    private static long count(Path devices) {
        try (Stream<Path> files = Files.list(devices)) {
            return files.filter(file ->
                            DEVICE.matcher(String.valueOf(file.getFileName())).matches())
                    .count();
        } catch (IOException e) {
            return 0; // nothing to be seen there: the machine has no GPU for this process
        }
    }

    /**
     * Workers by what --nproc-per-node says.
     *
     * @throws IllegalArgumentException naming the flag, the text and what is allowed
     */
    int workers(String text) {
        return switch (text) {
            case "auto" -> gpus.isEmpty() ? processors : gpus.size();
            case "gpu" -> {
                if (gpus.isEmpty()) {
                    throw LaunchConfig.refused(
                            "--nproc-per-node", text, "auto or a number: this machine has no GPU that can be seen");
                }
                yield gpus.size();
            }
            default -> {
                if (!text.matches("[0-9]{1,9}")) {
                    throw LaunchConfig.refused(
                            "--nproc-per-node",
                            text,
                            "a whole number from 1 to " + NodeSettings.MOST_WORKERS + ", auto or gpu");
                }
                yield Integer.parseInt(text);
            }
        };
    }
}
