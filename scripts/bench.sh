#!/usr/bin/env bash
# Measures Coxswain beside others, and what its replicas cost. bench.sh agreement --help, and so on, say what there is to set.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in
  agreement) tools="gcc python3" ;;
  replicas | start) tools=python3 ;;
  *)
    echo "usage: bench.sh agreement [--ranks 2,4,8] [--steps N] [--json FILE] [--systems coxswain,raw-c,vllm,torchft]" >&2
    echo "       bench.sh replicas [--ranks N] [--rounds N] [--steps N]" >&2
    echo "       bench.sh start [--ranks N] [--launches N] [--json FILE] [--python PYTHON]" >&2
    exit 2
    ;;
esac
measured=$1
shift
for tool in $tools; do
  if ! command -v "$tool" >/dev/null; then
    echo "bench.sh needs $tool, which is not installed" >&2
    exit 1
  fi
done
coxswain_build
exec python3 "$COXSWAIN_HOME/bench/$measured.py" "$@"
