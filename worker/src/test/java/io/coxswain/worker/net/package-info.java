@NullMarked
package io.coxswain.worker.net;

import org.jspecify.annotations.NullMarked;
