#!/usr/bin/env bash
# Kills, stops and cuts off workers of a running job, and proves that it came through; --help says what there is to set.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
for tool in python3 ss; do
  if ! command -v "$tool" >/dev/null; then
    echo "chaos.sh needs $tool, which is not installed (Debian packages python3 and iproute2)" >&2
    exit 1
  fi
done
coxswain_build
exec python3 "$COXSWAIN_HOME/bench/chaos/run.py" "$@"
