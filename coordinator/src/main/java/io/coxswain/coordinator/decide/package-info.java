/**
 * The program that asks the decision function "what would the group do?": it reads cases as JSON lines and prints, or
 * checks, one decision for each. It talks to no coordinator.
 */
@NullMarked
package io.coxswain.coordinator.decide;

import org.jspecify.annotations.NullMarked;
