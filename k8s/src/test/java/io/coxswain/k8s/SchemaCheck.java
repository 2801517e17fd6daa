package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Holds objects to the schemas of Kubernetes, which know of no fields but their own. Not thread-safe. */
final class SchemaCheck {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where the schemas think they are: they refer to each other below it. */
    private static final String BASE = "https://kubernetes.io/api/";

    private final Path schemas;
    private final SchemaRegistry registry;

    SchemaCheck(Path schemas) {
        this.schemas = schemas;
        this.registry =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7, builder -> builder.schemas(this::text));
    }

    private String text(String address) {
        try {
            return Files.readString(schemas.resolve(address.substring(BASE.length())));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** What is wrong with the objects: the object, the field and why. */
    List<String> problems(Rendered rendered) throws IOException {
        List<String> problems = new ArrayList<>();
        for (JsonNode object : rendered.objects()) {
            if (!Files.isRegularFile(schemas.resolve(fileOf(object)))) {
                problems.add(Rendered.title(object) + ": no kind " + object.path("kind") + " in "
                        + object.path("apiVersion"));
                continue;
            }
            Schema schema = registry.getSchema(SchemaLocation.of(BASE + fileOf(object)));
            schema.validate(JSON.writeValueAsString(object), InputFormat.JSON)
                    .forEach(error -> problems.add(
                            Rendered.title(object) + ": " + error.getInstanceLocation() + ": " + error.getMessage()));
        }
        return problems;
    }

    /** The schemas' files are named by kind, the first word of the group, and version. */
    private static String fileOf(JsonNode object) {
        String[] version = object.path("apiVersion").asText().split("/", 2);
        String kind = object.path("kind").asText();
        String name = version.length == 1
                ? kind + "-" + version[0]
                : kind + "-" + version[0].split("\\.", 2)[0] + "-" + version[1];
        return name.toLowerCase(Locale.ROOT) + ".json";
    }
}
