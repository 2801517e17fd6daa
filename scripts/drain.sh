#!/usr/bin/env bash
# Has one rank finish its step and leave its job; --help says how.
. "$(dirname "$0")/common.sh"
coxswain_exec coordinator io.coxswain.coordinator.observe.DrainMain "$@"
