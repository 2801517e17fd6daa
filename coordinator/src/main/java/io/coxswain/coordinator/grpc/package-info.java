/** The coordinator's gRPC services: they turn messages into inputs of the engine, and its effects into messages. */
@NullMarked
package io.coxswain.coordinator.grpc;

import org.jspecify.annotations.NullMarked;
