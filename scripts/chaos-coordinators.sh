#!/usr/bin/env bash
# Kills, stops and tells to stop the coordinators of a running job, and proves that it came through; --help says what there is to set.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if ! command -v python3 >/dev/null; then
  echo "chaos-coordinators.sh needs python3, which is not installed" >&2
  exit 1
fi
coxswain_build
exec python3 "$COXSWAIN_HOME/bench/chaos/run_coordinators.py" "$@"
