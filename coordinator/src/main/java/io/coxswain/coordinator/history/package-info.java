/** Proves from step logs that all ranks of a job ran the same steps. Depends on nothing of ours. */
@NullMarked
package io.coxswain.coordinator.history;

import org.jspecify.annotations.NullMarked;
