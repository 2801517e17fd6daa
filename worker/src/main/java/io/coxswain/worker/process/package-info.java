/** What this process and the system say to each other. Depends on nothing of ours. */
@NullMarked
package io.coxswain.worker.process;

import org.jspecify.annotations.NullMarked;
