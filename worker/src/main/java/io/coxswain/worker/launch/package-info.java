/**
 * The launcher behind scripts/launch.sh. Node 0's starts the coordinators, hosts the request feed, decides which worker is started on
 * which host ({@link io.coxswain.worker.launch.Launcher}), shows progress, and ends with a report or with one block that names the
 * root cause; those of other hosts start, end and report ({@link io.coxswain.worker.launch.NodeAgent}).
 *
 * <p>One thread, the launcher's, owns all state; everything else (signals, ended processes, answers of the coordinator,
 * other nodes, the feed) posts to its {@link io.coxswain.worker.launch.EventLoop}. Beside it there is one daemon thread for each pipe
 * of a child, since Java's process pipes can only be read by blocking.
 */
@NullMarked
package io.coxswain.worker.launch;

import org.jspecify.annotations.NullMarked;
