/** What a worker runs: the port to the model, and what passes it. */
@NullMarked
package io.coxswain.worker.runner;

import org.jspecify.annotations.NullMarked;
