#!/usr/bin/env bash
# Proves from step logs that all ranks of a job agreed; --help says how.
. "$(dirname "$0")/common.sh"
coxswain_exec coordinator io.coxswain.coordinator.history.HistoryMain "$@"
