package io.coxswain.sim;

/** What the adversary does. */
enum FaultKind {
    DELAY_SPIKE("all messages of a place take longer for a while", 6, Needs.NOTHING),
    BREAK_CONTROL("a control stream breaks, and both ends hear of it", 6, Needs.NOTHING),
    BREAK_CONTROL_SILENTLY("a control stream breaks, and nobody hears of it", 2, Needs.NOTHING),
    BREAK_STEP("a step stream breaks", 8, Needs.NOTHING),
    PARTITION("no message passes between a place and the servers for a while", 5, Needs.NOTHING),
    REPEAT_REPORT("a worker sends its last report again", 10, Needs.NOTHING),
    REOPEN_STEP("a worker opens its step stream again and repeats its report", 8, Needs.NOTHING),
    CONTRADICT("a report comes again with other content", 8, Needs.NOTHING),
    FREEZE_WORKER("a worker's process stands still for a while", 6, Needs.NOTHING),
    KILL_WORKER("a worker's process is killed", 6, Needs.NOTHING),
    LOSE_HOST("a worker vanishes with its host, and nobody hears of it", 2, Needs.NOTHING),
    SUPPLANT_WORKER("a successor is started while the worker stands still, and its end is not known", 3, Needs.NOTHING),
    DRAIN_WISH("a worker wants to leave", 4, Needs.NOTHING),
    DRAIN_REQUEST("somebody wants a worker to leave", 4, Needs.NOTHING),
    FAIL_COLLECTIVE("a collective fails on all its ranks", 2, Needs.NOTHING),
    CUT_LINK("a link between workers is cut: the pass hangs", 1, Needs.NOTHING),
    FAIL_PREPARATION("a worker cannot connect its collectives the next time", 3, Needs.NOTHING),
    BREAK_FEED("a feed stream breaks", 5, Needs.NOTHING),
    FREEZE_COORDINATOR("the coordinator's process stands still for a while", 4, Needs.NOTHING),
    KILL_COORDINATOR("the coordinator is killed, and another takes over", 6, Needs.REPLICAS),
    LOSE_COORDINATOR_HOST(
            "the coordinator vanishes with its host, and another takes over once it is missed", 3, Needs.REPLICAS),
    SPLIT_COORDINATORS("another coordinator takes over while some workers still reach the old one", 6, Needs.REPLICAS),
    FREEZE_OLD_COORDINATOR("another coordinator takes over while the old one stands still", 5, Needs.REPLICAS),
    TAKE_OVER_IN_DELAY(
            "another coordinator takes over while all messages take long, those of steps most", 4, Needs.REPLICAS),
    FORGET_TERM(
            "the store forgets the term, and another coordinator takes over with one that was used", 2, Needs.REPLICAS),
    LOSE_LEASE("the store loses what it knew of the term, while its leader is at work", 2, Needs.REPLICAS),
    STORE_TROUBLE("the store answers late, fails, or does not answer for a while", 4, Needs.REPLICAS),
    HAND_OVER("the leader is told to stop", 4, Needs.REPLICAS),
    KILL_STANDBY("a replica that stands by is killed", 3, Needs.REPLICAS),
    FREEZE_STANDBY("a replica that stands by stands still for a while", 3, Needs.REPLICAS),
    LEAVE_LEADER_ALONE("all replicas but the leader are killed", 2, Needs.REPLICAS),
    KILL_REPLICAS("all replicas are killed, and the store with them", 2, Needs.REPLICAS);

    /** Which jobs it can happen to. */
    enum Needs {
        NOTHING,
        REPLICAS
    }

    private final String text;
    private final int weight;
    private final Needs needs;

    FaultKind(String text, int weight, Needs needs) {
        this.text = text;
        this.weight = weight;
        this.needs = needs;
    }

    String text() {
        return text;
    }

    /** How often it happens, relative to the others. */
    int weight() {
        return weight;
    }

    Needs needs() {
        return needs;
    }
}
