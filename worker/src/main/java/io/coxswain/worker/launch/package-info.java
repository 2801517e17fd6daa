/**
 * The launcher behind scripts/launch.sh: starts one coordinator and the workers of this host, hosts their request feed,
 * shows progress, and ends with a report or with one block that names the root cause.
 *
 * <p>One thread, the launcher's, owns all state; everything else (signals, ended processes, answers of the coordinator,
 * the feed) posts to its {@link io.coxswain.worker.launch.EventLoop}. Beside it there is one daemon thread for each pipe
 * of a child, since Java's process pipes can only be read by blocking.
 */
@NullMarked
package io.coxswain.worker.launch;

import org.jspecify.annotations.NullMarked;
