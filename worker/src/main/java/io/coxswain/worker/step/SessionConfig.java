package io.coxswain.worker.step;

import io.coxswain.v1.Hello;
import io.coxswain.worker.net.ReplicaAddresses;
import java.time.Duration;

/**
 * Where to join, and as whom. Immutable and thread-safe.
 *
 * @param coordinator the coordinator, or all of its replicas
 * @param hello what the coordinator is told; the promised term and where the member is are filled in
 * @param reattachTimeout how long a member that has lost its coordinator goes on looking for one
 */
public record SessionConfig(ReplicaAddresses coordinator, Hello hello, Duration reattachTimeout) {}
