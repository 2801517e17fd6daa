package io.coxswain.sim;

/** What has to hold at every event. */
enum Invariant {
    ONE_DECISION("ranks execute one decision for each step of an epoch, whatever the term"),
    DECIDED_AS_REPORTED("a decision is made of what the rank has reported"),
    EQUAL_SHAPES("a collective has the same shape on all ranks"),
    EXISTING_GRAPH("a rank replays only what it has captured for the communicator that it has"),
    ONE_GROUP("two groups are never at work: no pass of an epoch begins once one of a later epoch was launched"),
    CLOSED_GATE("nothing of an epoch is launched or committed after its gate has closed"),
    REQUESTS("no request is lost, or counted twice"),
    WHOLE_INHERITANCE("an inherited epoch goes on only with all its members"),
    LOST_STAYS_OUT("a member that was taken for lost, or displaced, gets no place again"),
    NO_OLD_DECISION("no decision before the last that a rank has accepted comes to it"),
    NO_UNDUE_REFUSAL("a report that follows the contract is not refused but for its age"),
    MAJORITY("of three replicas or more none stands that does not see a majority besides the one that it replaces"),
    RISING_TERM("a replica reigns in a term above all that it was told of"),
    LEASE("no lease is taken from a holder that has just renewed it, and that nobody takes for gone"),
    BOUNDED_WAIT("no wait is without an end"),
    PROGRESS("once faults stop, the job finishes, or fails for a reason that its policy allows"),
    SOUND_CORE("the core breaks none of its own rules");

    private final String text;

    Invariant(String text) {
        this.text = text;
    }

    /** In one sentence. */
    String text() {
        return text;
    }
}
