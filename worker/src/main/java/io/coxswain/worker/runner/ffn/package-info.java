/**
 * A feed-forward block {@code y = relu(x * W1) * W2}, sharded over the ranks by its inner width, with values that follow from
 * a seed, so that any result can be checked without any data.
 *
 * <h2>The values</h2>
 * All are outputs of splitmix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014), whose
 * i-th output for a key, i from 0 on, is {@code s(key, i) = mix(key + (i + 1) * 0x9E3779B97F4A7C15)}, where
 * <pre>{@code
 * mix(z): z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9; z = (z ^ (z >>> 27)) * 0x94D049BB133111EB; return z ^ (z >>> 31)
 * }</pre>
 * A float in [-1, 1) is made of an output's upper 24 bits: {@code u(h) = (h >>> 40) * 2^-23 - 1}, which is exact.
 * <ul>
 *   <li>Input of the token at {@code position} of {@code request}, column c: {@code u(s(mix(mix(s(seed, 0) ^ request) ^
 *       position), c))}.
 *   <li>{@code W1[i][j]}, hidden x inner: {@code u(s(s(seed, 1), i * inner + j)) * (float) sqrt(3 / hidden)}.
 *   <li>{@code W2[i][j]}, inner x hidden: {@code u(s(s(seed, 2), i * hidden + j)) * (float) sqrt(6 / inner)}.
 * </ul>
 * The factors keep the values near one: a uniform value in [-1, 1) has the variance 1/3, so an element of x * W1 has hidden *
 * 1/3 * 1/hidden = 1/3, half of whose square is left by relu, and an element of y has inner * 1/6 * 2/inner = 1/3 again.
 */
@NullMarked
package io.coxswain.worker.runner.ffn;

import org.jspecify.annotations.NullMarked;
