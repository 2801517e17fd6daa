#!/usr/bin/env bash
# Starts a coordinator and the workers of this machine, replays a request trace, and reports: launch.sh --help.
. "$(dirname "$0")/common.sh"
. "$COXSWAIN_HOME/scripts/archives.sh"
coxswain_build
case " $* " in
  *" --help "* | *" -h "* | *" --version "* | *" --dry-run "*) ;;
  *) coxswain_archives ;;
esac
coxswain_run worker io.coxswain.worker.launch.LaunchMain "$COXSWAIN_SHORT_LIVED $(coxswain_archive_options)" "$@"
