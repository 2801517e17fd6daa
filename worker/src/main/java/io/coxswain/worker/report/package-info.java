/**
 * The report of a job that has ended, from what its ranks and its coordinator say: what any feed's program has in common. Depends on
 * the contract only.
 */
@NullMarked
package io.coxswain.worker.report;

import org.jspecify.annotations.NullMarked;
