package io.coxswain.worker.launch;

import org.jspecify.annotations.Nullable;

/**
 * Who is where, once all nodes are known. Immutable.
 *
 * @param share this node's
 * @param nodeCount nodes of the job, at least 1
 * @param worldSize workers of all nodes
 * @param master what programs with a rendezvous of their own are told
 * @param reach where this node's programs listen
 */
record Topology(Share share, int nodeCount, int worldSize, Master master, Reach reach) {

    /**
     * A node's part.
     *
     * @param nodeRank 0 to nodeCount - 1
     * @param firstPlace of its workers, who have the places from it on
     */
    record Share(int nodeRank, int firstPlace, int localWorkers) {
        boolean has(int place) {
            return place >= firstPlace && place < firstPlace + localWorkers;
        }
    }

    /** Node 0's host, and a port there that was free. */
    record Master(String address, int port) {}

    /**
     * Under which addresses this node is reached.
     *
     * @param bind host or address to listen on
     * @param advertise what the others are told; null: what is bound
     */
    record Reach(String bind, @Nullable String advertise) {
        /** What the others are told. */
        String address() {
            return advertise == null ? bind : advertise;
        }
    }

    static Topology single(int localWorkers, Master master, Reach reach) {
        return new Topology(new Share(0, 0, localWorkers), 1, localWorkers, master, reach);
    }

    int localRank(int place) {
        return place - share.firstPlace();
    }
}
