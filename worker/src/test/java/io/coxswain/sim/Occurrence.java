package io.coxswain.sim;

/** What comes of the faults, and is worth knowing that it did. */
enum Occurrence {
    FIRST_REIGN("a replica led first"),
    REIGN("a replica led after another, or again"),
    TWO_LEADERS("a replica began to lead while another still did"),
    DEPOSED("a coordinator was deposed by a member that had promised a higher term"),
    DECIDED_BELOW_A_PROMISE("a coordinator decided a step below a term that a member had promised"),
    LED_WITHOUT_MAJORITY("a coordinator decided a step without a majority of the replicas"),
    BELOW_A_PROMISE_REFUSED("a decision below the term that a rank had promised reached it, and was not executed"),
    HANDED_OVER("a leader that was told to stop saw its successor lead");

    private final String text;

    Occurrence(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}
