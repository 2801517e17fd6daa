/**
 * What a worker answers when it is asked for its health: judged when it is asked, from what its threads publish anyway. Depends on the
 * choice of transport only.
 */
@NullMarked
package io.coxswain.worker.health;

import org.jspecify.annotations.NullMarked;
