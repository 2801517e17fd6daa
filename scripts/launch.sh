#!/usr/bin/env bash
# Starts a coordinator and the workers of this machine, replays a request trace, and reports: launch.sh --help.
. "$(dirname "$0")/common.sh"
coxswain_exec worker io.coxswain.worker.launch.LaunchMain "$@"
