/** The small value types that workers and coordinator share; they depend on nothing. */
@NullMarked
package io.coxswain.types;

import org.jspecify.annotations.NullMarked;
