/**
 * Where a worker's requests come from: the port that the forward thread sees, its gRPC client, and the trace player with
 * its gRPC server, which replays a trace in place of a front end, within a launcher or as a program of its own. Requests do not pass
 * the coordinator.
 */
@NullMarked
package io.coxswain.worker.feed;

import org.jspecify.annotations.NullMarked;
