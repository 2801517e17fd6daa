#!/usr/bin/env bash
# Launches many times in a row, interrupts half of them at random moments, and looks for what is left: test-launches.sh --help.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if ! command -v python3 >/dev/null; then
  echo "test-launches.sh needs python3, which is not installed" >&2
  exit 1
fi
coxswain_build
exec python3 "$COXSWAIN_HOME/bench/launches.py" "$@"
