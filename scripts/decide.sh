#!/usr/bin/env bash
# What would the group do? Prints a decision for each case in a file, or checks those it names: scripts/decide.sh --help
. "$(dirname "$0")/common.sh"
coxswain_exec coordinator io.coxswain.coordinator.decide.DecideMain "$@"
