#!/usr/bin/env bash
# Replays a request trace to a job that no launcher started, and reports: play.sh --help.
. "$(dirname "$0")/common.sh"
coxswain_exec worker io.coxswain.worker.feed.PlayMain "$@"
