package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An image's file system below a folder, and how its programs are run there without a container engine.
 *
 * @param root the folder
 * @param entrypoint what the image starts
 * @param environment the image's own
 */
record UnpackedImage(Path root, List<String> entrypoint, List<String> environment) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long UNPACK_LIMIT_SECONDS = 120;

    /** The image that the build made for this test, unpacked beside it. Where there is none, the test ends here: skipped, and in CI failed. */
    static UnpackedImage of(Path target) throws IOException, InterruptedException {
        Path missing = target.resolve("debian-base.tar.missing");
        if (Files.exists(missing)) {
            Tools.unavailable("no base image: " + Files.readString(missing).strip());
        }
        Path folder = target.resolve("image-for-test");
        Tools.run(UNPACK_LIMIT_SECONDS, List.of("rm", "-rf", folder.toString())).requireSuccess("rm");
        Path unpacked = Files.createDirectories(folder.resolve("image"));
        tar("-xf", target.resolve("image-for-test.tar"), unpacked);
        JsonNode manifest =
                JSON.readTree(unpacked.resolve("manifest.json").toFile()).path(0);
        Path root = Files.createDirectory(folder.resolve("root"));
        for (JsonNode layer : manifest.path("Layers")) {
            tar("-xzf", unpacked.resolve(layer.asText()), root);
        }
        Files.writeString(root.resolve("etc/hosts"), "");
        JsonNode config = JSON.readTree(
                        unpacked.resolve(manifest.path("Config").asText()).toFile())
                .path("config");
        return new UnpackedImage(root, words(config.path("Entrypoint")), words(config.path("Env")));
    }

    private static List<String> words(JsonNode array) {
        List<String> words = new ArrayList<>();
        array.forEach(word -> words.add(word.asText()));
        return words;
    }

    private static void tar(String how, Path file, Path into) throws IOException, InterruptedException {
        Tools.run(
                        UNPACK_LIMIT_SECONDS,
                        List.of("tar", how, file.toString(), "--no-same-owner", "-p", "-C", into.toString()))
                .requireSuccess("tar " + file);
    }

    /** Where that is not possible on this machine, the test ends here: skipped, and in CI failed. */
    static void requireNamespaces() throws IOException, InterruptedException {
        Tools.Ending ending = Tools.run(10, List.of("unshare", "--mount", "--uts", "--pid", "--fork", "true"));
        if (ending.exitCode() != 0) {
            Tools.unavailable("no root, or no right to make namespaces: " + ending.output());
        }
    }

    /** Starts a program of the image, with the container's arguments, in a pod of that name. */
    Process start(String pod, List<String> arguments, Map<String, String> variables, Path log) throws IOException {
        List<String> command = new ArrayList<>(entrypoint);
        command.addAll(arguments);
        return exec(pod, command, variables, log);
    }

    /** Starts any command, as {@code kubectl exec} and a hook do it; all that it says goes to the log. */
    Process exec(String pod, List<String> command, Map<String, String> variables, Path log) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "--uts",
                "--ipc",
                "--pid",
                "--fork",
                "--kill-child",
                "bash",
                Path.of(Objects.requireNonNull(UnpackedImage.class.getResource("/enter.sh"))
                                .getPath())
                        .toString(),
                root.toString(),
                pod));
        words.addAll(command);
        var builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(Redirect.appendTo(log.toFile()));
        builder.environment().keySet().retainAll(List.of("PATH"));
        environment.forEach(setting -> {
            String[] parts = setting.split("=", 2);
            builder.environment().merge(parts[0], parts[1], (outside, inside) -> inside + ":" + outside);
        });
        builder.environment().putAll(variables);
        return builder.start();
    }
}
