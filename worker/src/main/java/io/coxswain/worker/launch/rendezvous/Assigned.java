package io.coxswain.worker.launch.rendezvous;

/**
 * A node's part in the launch, once all are there.
 *
 * @param id of the one that joined, as its {@link Gathering} was told
 * @param rank 0 to the number of nodes - 1, dense
 * @param firstPlace of its workers, who have the places from it on
 */
public record Assigned(int id, int rank, int firstPlace, Applicant applicant) {
    /** "node 1 (host-b, 10.0.0.2)". */
    public String name() {
        return "node " + rank + " (" + applicant.location() + ")";
    }
}
