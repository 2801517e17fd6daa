/**
 * What people and scripts see of running jobs: the registry of the jobs that run on this machine, and the program that
 * asks a coordinator for its status and prints it.
 */
@NullMarked
package io.coxswain.coordinator.observe;

import org.jspecify.annotations.NullMarked;
