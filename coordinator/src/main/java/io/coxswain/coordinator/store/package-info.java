/**
 * What the replicas of a coordinator share: the lease, and what is remembered of the job. Never a step. {@link
 * io.coxswain.coordinator.store.CoordinatorStore} is the port; behind it lies a Hazelcast cluster that the replicas form
 * among themselves. It may lose what it likes: the ranks are the quorum.
 */
@NullMarked
package io.coxswain.coordinator.store;

import org.jspecify.annotations.NullMarked;
