@NullMarked
package io.coxswain.worker.bench;

import org.jspecify.annotations.NullMarked;
