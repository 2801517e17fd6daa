package io.coxswain.worker.launch;

import static io.coxswain.worker.launch.ValueRule.ascendingNumbers;
import static io.coxswain.worker.launch.ValueRule.directory;
import static io.coxswain.worker.launch.ValueRule.oneOf;
import static io.coxswain.worker.launch.ValueRule.wholeNumber;

/**
 * What the launcher passes on to the workers as it is. Checked here so that a mistake is refused once, before anything
 * starts; not passed when absent, so that the defaults live in the worker alone (they are repeated here for people).
 */
@SuppressWarnings("ImmutableEnumChecker") // A rule is a text and a function without state.
public enum WorkerOption {
    DEVICE(
            "--device",
            oneOf("auto", "cuda", "cpu"),
            "What the ranks run on; auto: GPUs where the machine has one for each rank, else the CPU (default: auto)."),
    CUDA_LIBRARIES(
            "--cuda-libraries",
            directory(),
            "Where to look first for CUDA's libraries and NCCL (default: $COXSWAIN_CUDA_LIBRARIES, or none)."),
    HIDDEN_WIDTH("--hidden-width", wholeNumber(1, 65_536), "Elements of a token's hidden state (default: 256)."),
    INNER_WIDTH("--inner-width", wholeNumber(1, 262_144), "Width of the feed-forward block (default: 1024)."),
    SEED("--seed", wholeNumber(0, Long.MAX_VALUE), "Seed of the model's weights (default: 0)."),
    MAX_BATCH_TOKENS("--max-batch-tokens", wholeNumber(1, 1_048_576), "Token budget of a rank's step (default: 2048)."),
    MAX_BATCH_REQUESTS(
            "--max-batch-requests", wholeNumber(1, 65_536), "The most requests in a rank's step (default: 256)."),
    CAPTURE_SIZES(
            "--capture-sizes",
            ascendingNumbers(1024),
            "Token counts that graphs exist for (default: 1,2,4,8 to 248 by 8, 256 to 512 by 16)."),
    GRAPH_MODE(
            "--graph-mode",
            oneOf("NONE", "PIECEWISE", "FULL", "FULL_DECODE_ONLY", "FULL_AND_PIECEWISE"),
            "How steps use graphs (default: FULL_AND_PIECEWISE)."),
    DECODE_QUERY_LENGTH(
            "--decode-query-length", wholeNumber(1, 1024), "Tokens of a request in a decode step (default: 1)."),
    MICROBATCHES("--microbatches", wholeNumber(1, 64), "Microbatches of a step; 1: none (default: 1)."),
    DECODE_THRESHOLD(
            "--decode-threshold",
            wholeNumber(1, Integer.MAX_VALUE),
            "Smallest tokens of any rank at which a decode step is split (default: 32)."),
    PREFILL_THRESHOLD(
            "--prefill-threshold",
            wholeNumber(1, Integer.MAX_VALUE),
            "The same for a step that is not all decode (default: 512).");

    private final String flag;
    private final ValueRule rule;
    private final String description;

    WorkerOption(String flag, ValueRule rule, String description) {
        this.flag = flag;
        this.rule = rule;
        this.description = description;
    }

    public String flag() {
        return flag;
    }

    ValueRule rule() {
        return rule;
    }

    String description() {
        return description;
    }
}
