package io.coxswain.coordinator.core;

/**
 * A setting in which a rank differs from its job.
 *
 * @param field the setting's name
 * @param ours the job's value
 * @param theirs the rank's value
 */
public record SettingDifference(String field, String ours, String theirs) {}
