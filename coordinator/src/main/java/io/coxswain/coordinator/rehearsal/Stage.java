package io.coxswain.coordinator.rehearsal;

/** Hears how those who play get on. Called on the event loop of their connections. */
interface Stage {
    /** One has had all that it wanted of this reign. */
    void onDone();

    /** The reign has ended for one. */
    void onLeft();

    /** Something went another way than in any takeover. */
    void onFailure(String what);
}
