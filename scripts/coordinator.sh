#!/usr/bin/env bash
# A job's coordinator, or one of its replicas, started by hand: coordinator.sh --help.
. "$(dirname "$0")/common.sh"
coxswain_serve coordinator io.coxswain.coordinator.CoordinatorMain "$@"
