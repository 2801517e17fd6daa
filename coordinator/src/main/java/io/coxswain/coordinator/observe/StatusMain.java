package io.coxswain.coordinator.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.coxswain.coordinator.observe.StatusSettings.Format;
import java.io.IOException;
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

    private String status(StatusSettings settings) throws IOException {
        JobStatus status =
                StatusMapper.jobStatus(StatusClient.getStatus(JobLocator.locate(settings), settings.timeout()));
        return render(status, settings.format());
    }

    private static String render(JobStatus status, Format format) throws JsonProcessingException {
        return switch (format) {
            case TABLE -> StatusTable.of(status);
            case JSON -> JSON.writeValueAsString(status) + "\n";
        };
    }
}
