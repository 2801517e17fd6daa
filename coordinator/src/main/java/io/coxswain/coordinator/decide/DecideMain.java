package io.coxswain.coordinator.decide;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.coxswain.coordinator.core.CapturedSet;
import io.coxswain.coordinator.core.GraphTable;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.StepDecider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the decision of each case in a file, or checks those that the file names. */
@Command(
        name = "decide.sh",
        mixinStandardHelpOptions = true,
        description = "Says what a group would do: reads cases as JSON lines and prints one decision for each.",
        footer = {
            "",
            "A case is one line {\"settings\":{...},\"ranks\":[{...},...]}; --check needs",
            "\"decision\":{...} in it as well. Members:",
            "  settings  capture_sizes, decode_query_len, graph_mode, microbatches,",
            "            decode_threshold, prefill_threshold, max_num_requests",
            "  ranks     num_tokens, num_requests, uniform_token_count (or null),",
            "            allow_microbatches, eager, allow_skip_drafts",
            "",
            "Exit codes:",
            "  0  all decided, and equal where checked",
            "  1  differences were found, or nobody reads the output",
            "  2  usage or input refused"
        })
public final class DecideMain implements Callable<Integer> {

    private static final int WELL = 0;
    private static final int FAILED = 1;
    private static final int REFUSED = 2;
    private static final String STANDARD_INPUT = "-";

    @Parameters(paramLabel = "FILE", description = "The cases, in UTF-8; - for standard input.")
    private String file = STANDARD_INPUT;

    @Option(
            names = "--check",
            description = "Compare with the decisions that the cases name, and print only the differences.")
    private boolean check;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    private int cases;
    private int different;

    /** Runs the program and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new DecideMain()).execute(args));
    }

    /** Reads to the end of the input, to the first line that is no case, or until nobody reads the output any more. */
    @Override
    public Integer call() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(open(), StandardCharsets.UTF_8.newDecoder()))) {
            readAll(new BoundedLines(in));
        } catch (InputRefusedException e) {
            return refuse(e.reason());
        } catch (NoSuchFileException e) {
            return refuse(file + ": no such file; allowed is a file of JSON lines, or - for standard input");
        } catch (IOException e) {
            return refuse(file + ": cannot be read: " + e.getMessage());
        }
        if (check) {
            out().println(cases + " decisions checked, " + (different == 0 ? "all equal" : different + " different"));
        }
        boolean unread = out().checkError();
        return different == 0 && !unread ? WELL : FAILED;
    }

    private InputStream open() throws IOException, InputRefusedException {
        if (file.equals(STANDARD_INPUT)) {
            return System.in;
        }
        try {
            return Files.newInputStream(Path.of(file));
        } catch (InvalidPathException e) {
            throw new InputRefusedException(file + ": no such file; " + e.getReason());
        }
    }

    private void readAll(BoundedLines lines) throws IOException, InputRefusedException {
        try {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank()) {
                    answer(CaseReader.read(line), lines.number());
                }
                // Also flushes, so that whoever types cases sees each answer at once.
                if (out().checkError()) {
                    return;
                }
            }
        } catch (InputRefusedException e) {
            throw e.at(file + ":" + lines.number());
        }
    }

    private void answer(DecisionCase decisionCase, int line) throws InputRefusedException {
        GraphTable graphs = GraphTable.of(decisionCase.settings(), CapturedSet.ALL);
        RankFacts[] reports = decisionCase.reports().toArray(RankFacts[]::new);
        ObjectNode decision = DecisionWriter.json(StepDecider.decide(graphs, reports));
        cases++;
        if (!check) {
            out().println(decision);
            return;
        }
        JsonNode expected = decisionCase.expected();
        if (expected == null || !expected.isObject()) {
            throw new InputRefusedException("decision is " + (expected == null ? "missing" : "no object")
                    + "; --check needs one to compare with");
        }
        List<String> differences = Comparison.differences(expected, decision);
        differences.forEach(difference -> out().println("line " + line + ": " + difference));
        different += differences.isEmpty() ? 0 : 1;
    }

    private int refuse(String message) {
        out().flush();
        spec.commandLine().getErr().println("decide: " + message);
        spec.commandLine().getErr().flush();
        return REFUSED;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
