#!/usr/bin/env bash
# Measures Coxswain beside others. bench.sh agreement --help says what there is to set.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [ "${1:-}" != agreement ]; then
  echo "usage: bench.sh agreement [--ranks 2,4,8] [--steps N] [--json FILE] [--systems coxswain,raw-c,vllm,torchft] (more: bench.sh agreement --help)" >&2
  exit 2
fi
shift
for tool in gcc python3; do
  if ! command -v "$tool" >/dev/null; then
    echo "bench.sh needs $tool, which is not installed" >&2
    exit 1
  fi
done
coxswain_build
exec python3 "$COXSWAIN_HOME/bench/agreement.py" "$@"
