#!/usr/bin/env bash
# Runs a job on a real Kubernetes, kills, stops, cuts off and replaces its pods, and prints a table of results; --help says how.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if ! command -v python3 >/dev/null; then
  echo "test-k8s.sh needs python3, which is not installed (Debian package python3)" >&2
  exit 1
fi
coxswain_build
exec python3 "$COXSWAIN_HOME/bench/k8s/run.py" "$@"
