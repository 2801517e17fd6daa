@NullMarked
package io.coxswain.worker.launch.rendezvous;

import org.jspecify.annotations.NullMarked;
