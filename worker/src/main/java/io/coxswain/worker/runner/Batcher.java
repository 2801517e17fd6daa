package io.coxswain.worker.runner;

import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Continuous batching for one rank, with chunked prefill: every step takes one token of each request that decodes, and
 * fills what is left of the token budget with chunks of the prompts, all in the order of arrival.
 *
 * <p>A step is planned, and then committed when the device is done with it, or discarded when it was aborted. Planning
 * changes nothing, so it can be repeated when requests were added. What is counted was committed. Allocates nothing in a
 * step in which no request comes or goes. Forward thread only.
 */
public final class Batcher {
    /** How many steps' budget of prompts a rank wants to have waiting: enough to fill the next step while it runs one. */
    private static final int BACKLOG_STEPS = 2;
    /** What a prompt is taken for while none was seen, as a share of the budget. */
    private static final int FIRST_GUESS_DIVISOR = 8;

    private final BatchLimits limits;
    private final BatchPlan plan;
    private final List<ActiveRequest> held;
    private boolean planned;
    private long promptTokensLeft;
    private long addedRequests;
    private long addedPromptTokens;
    private long promptTokens;
    private long generatedTokens;
    private long forwardTokens;
    private long requestsCompleted;

    /** Makes one that holds no request. */
    public Batcher(BatchLimits limits) {
        this.limits = limits;
        this.plan = new BatchPlan(limits.maxRequests());
        this.held = new ArrayList<>(limits.maxRequests());
    }

    /**
     * Takes a request, which the next plan includes.
     *
     * @throws IllegalStateException when the request limit is reached
     */
    public void add(FeedRequest request) {
        if (isFull()) {
            throw new IllegalStateException("request " + request.id() + " comes on top of " + held.size()
                    + " held ones; allowed are " + limits.maxRequests());
        }
        held.add(new ActiveRequest(request));
        promptTokensLeft += request.promptTokens();
        addedPromptTokens += request.promptTokens();
        addedRequests++;
    }

    /** True when no request can be added now. */
    public boolean isFull() {
        return held.size() == limits.maxRequests();
    }

    /** True when it holds no request. */
    public boolean isEmpty() {
        return held.isEmpty();
    }

    /**
     * How many more requests to ask for: no more than the request limit leaves, and only as many as are needed to have two
     * steps' budget of prompt tokens waiting, at the mean length of the prompts seen so far. A rank that hoarded prompts it
     * cannot start yet would leave the others idle.
     */
    public int room() {
        long wantedTokens = (long) BACKLOG_STEPS * limits.maxTokens() - promptTokensLeft;
        if (wantedTokens <= 0) {
            return 0;
        }
        long wantedRequests = Math.max(1, wantedTokens / meanPromptTokens());
        return (int) Math.min(limits.maxRequests() - held.size(), wantedRequests);
    }

    private long meanPromptTokens() {
        return addedRequests == 0
                ? Math.max(1, limits.maxTokens() / FIRST_GUESS_DIVISOR)
                : addedPromptTokens / addedRequests;
    }

    /** Plans the next step from what is held; a plan that was neither committed nor discarded is replaced. */
    public BatchPlan plan() {
        plan.clear();
        int budget = planDecodes(limits.maxTokens());
        planPrefills(budget);
        planned = true;
        return plan;
    }

    private int planDecodes(int budget) {
        int left = budget;
        for (int i = 0; i < held.size() && left > 0; i++) {
            ActiveRequest request = held.get(i);
            if (request.isDecoding()) {
                plan.add(request, 1);
                left--;
            }
        }
        return left;
    }

    private void planPrefills(int budget) {
        int left = budget;
        for (int i = 0; i < held.size() && left > 0; i++) {
            ActiveRequest request = held.get(i);
            if (!request.isDecoding()) {
                int chunk = Math.min(left, request.promptTokensLeft());
                plan.add(request, chunk);
                left -= chunk;
            }
        }
    }

    /**
     * The planned step is done on the device: its requests move on, and those that are finished leave.
     *
     * @param onFinished gets each finished request, in the order of arrival
     * @throws IllegalStateException when no step is planned
     */
    public void commit(Consumer<? super ExecutedRequest> onFinished) {
        if (!planned) {
            throw new IllegalStateException("no step is planned: plan() comes before each commit()");
        }
        planned = false;
        long completedBefore = requestsCompleted;
        for (int segment = 0; segment < plan.numRequests(); segment++) {
            advance(plan.request(segment), plan.count(segment));
        }
        plan.clear();
        if (requestsCompleted != completedBefore) {
            removeFinished(onFinished);
        }
    }

    private void advance(ActiveRequest request, int count) {
        if (request.isDecoding()) {
            request.decoded();
            generatedTokens++;
        } else {
            generatedTokens += request.prefilled(count);
            promptTokens += count;
            promptTokensLeft -= count;
        }
        forwardTokens += count;
        if (request.isFinished()) {
            requestsCompleted++;
        }
    }

    private void removeFinished(Consumer<? super ExecutedRequest> onFinished) {
        int kept = 0;
        for (int i = 0; i < held.size(); i++) {
            ActiveRequest request = held.get(i);
            if (request.isFinished()) {
                onFinished.accept(request.executed());
            } else {
                held.set(kept++, request);
            }
        }
        held.subList(kept, held.size()).clear();
    }

    /** The planned step will not be done; its requests stay where they are. Without a plan it does nothing. */
    public void discard() {
        planned = false;
        plan.clear();
    }

    /** Requests that were finished. */
    public long requestsCompleted() {
        return requestsCompleted;
    }

    /** Prompt tokens of committed steps. */
    public long promptTokens() {
        return promptTokens;
    }

    /** Tokens that committed steps generated. */
    public long generatedTokens() {
        return generatedTokens;
    }

    /** Tokens that committed steps computed, which is less than both counts together by one a request. */
    public long forwardTokens() {
        return forwardTokens;
    }
}
