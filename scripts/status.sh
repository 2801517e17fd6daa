#!/usr/bin/env bash
# Prints the status of a job; --help says how.
. "$(dirname "$0")/common.sh"
coxswain_exec coordinator io.coxswain.coordinator.observe.StatusMain "$@"
