/**
 * Programs for people who measure. {@link io.coxswain.worker.bench.AgreementRank} is a rank that agrees on steps and runs no
 * model; {@code scripts/bench.sh agreement} starts one for each rank, with the coordinator, and compares them with others.
 */
@NullMarked
package io.coxswain.worker.bench;

import org.jspecify.annotations.NullMarked;
