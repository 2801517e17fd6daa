package io.coxswain.coordinator.observe;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.coxswain.coordinator.observe.StatusSettings.Format;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints what a job looks like from its coordinator. Used by one thread. */
@Command(
        name = "status.sh",
        sortOptions = false,
        description = "Prints the status of a job: of the one at an address, or of the one that runs on this machine.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the status was printed",
            "1:no job runs here, or its coordinator did not answer",
            "2:wrong usage, or several jobs run here and --job picks none"
        })
public final class StatusMain implements Callable<Integer> {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    @Mixin
    private final JobSelection selection = new JobSelection();

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help and exit.")
    @SuppressWarnings("unused") // picocli acts on it
    private boolean help;

    /** Runs the program and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(JobSelection.execute(new StatusMain(), args));
    }

    /** Prints the status, or on standard error why there is none, and returns the exit code. */
    @Override
    public Integer call() {
        return selection.ask(settings(), this::status);
    }

    /** What the command line says, once it is parsed. */
    StatusSettings settings() {
        return selection.settings(json ? Format.JSON : Format.TABLE);
    }

    private String status(StatusSettings settings) throws IOException, InterruptedException {
        List<HostPort> coordinators = JobLocator.locate(settings);
        if (coordinators.size() == 1) {
            JobStatus status = StatusMapper.jobStatus(StatusClient.getStatus(coordinators.get(0), settings.timeout()));
            return switch (settings.format()) {
                case TABLE -> StatusTable.of(status);
                case JSON -> JSON.writeValueAsString(status) + "\n";
            };
        }
        ReplicaSurvey survey = ReplicaSurvey.of(coordinators, settings.timeout());
        JobStatus status =
                StatusMapper.jobStatus(Objects.requireNonNull(survey.best().status(), "the best answers"));
        return switch (settings.format()) {
            case TABLE -> "replicas: " + survey.text() + "\n\n" + StatusTable.of(status);
            case JSON -> JSON.writeValueAsString(withReplicas(status, survey)) + "\n";
        };
    }

    private static ObjectNode withReplicas(JobStatus status, ReplicaSurvey survey) {
        ObjectNode object = JSON.valueToTree(status);
        ArrayNode replicas = object.putArray("replicas");
        for (ReplicaSurvey.Answer answer : survey.answers()) {
            replicas.addObject()
                    .put("address", answer.address().toString())
                    .put("role", answer.role().word());
        }
        return object;
    }
}
