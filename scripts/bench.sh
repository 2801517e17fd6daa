#!/usr/bin/env bash
# Measures Coxswain beside others, and what its replicas cost. bench.sh agreement --help, bench.sh replicas --help say what there is to set.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  echo "usage: bench.sh agreement [--ranks 2,4,8] [--steps N] [--json FILE] [--systems coxswain,raw-c,vllm,torchft]" >&2
  echo "       bench.sh replicas [--ranks 4] [--rounds 5] [--steps N]" >&2
  exit 2
}

needs() {
  for tool in "$@"; do
    if ! command -v "$tool" >/dev/null; then
      echo "bench.sh needs $tool, which is not installed" >&2
      exit 1
    fi
  done
}

case "${1:-}" in
  agreement) needs gcc python3 ;;
  replicas) needs python3 ;;
  *) usage ;;
esac
measured=$1
shift
coxswain_build
exec python3 "$COXSWAIN_HOME/bench/$measured.py" "$@"
