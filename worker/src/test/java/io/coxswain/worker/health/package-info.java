@NullMarked
package io.coxswain.worker.health;

import org.jspecify.annotations.NullMarked;
