/**
 * Collectives over TCP, for devices whose memory the host can address: a full mesh with one connection a pair, driven by the
 * calling thread through one selector.
 *
 * <h2>On the wire</h2>
 * All numbers are big-endian. The higher rank of a pair dials the lower and sends a hello: magic {@code "CXSW"} (4 bytes),
 * version 1 (4), communicator id (16), its rank (4), the rank it wants to reach (4), world size (4). The answer: magic (4),
 * status (4; 0 accepted, 1 no such group here at the moment, 2 refused), length of the reason (4; at most 500), the reason as
 * UTF-8. An accepted connection then carries operations, in both directions at once: magic {@code "CXOP"} (4), kind (4; 0 all-gather, 1 all-gather
 * of varying parts, 2 reduce-scatter, 3 reduce-scatter of varying parts, 4 broadcast, 5 all-reduce, 6 ready, in a roll call),
 * number of the operation from 0 on (8), bytes of payload that follow (8), bytes of payload that the sender expects from the
 * other side (8), the payload.
 */
@NullMarked
package io.coxswain.worker.collective.tcp;

import org.jspecify.annotations.NullMarked;
