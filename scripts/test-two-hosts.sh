#!/usr/bin/env bash
# Runs the main job on two network namespaces as two hosts, and then pulls the cable: test-two-hosts.sh --help.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: test-two-hosts.sh [--ranks N] [--requests N] [--keep DIR]

Makes two network namespaces that are joined by a veth pair, each with a host name of its own, and starts launch.sh in both as the two
nodes of one job with one rendezvous endpoint. First the main job runs to its end, every row verified. Then a paced job runs, the
link is set down, and the launcher of node 0 has to name the other host and its ranks within the heartbeat limit. Afterwards no
process of either job may be left. Needs root, iproute2 and util-linux; no part of mvn verify.

  --ranks N      ranks of each host (2)
  --requests N   requests of the main job (200)
  --keep DIR     keep the output of the launchers there

Exit codes: 0 all of it holds; 1 something does not; 2 wrong usage.
TEXT
}

ranks=2 requests=200 keep=
while [ $# -gt 0 ]; do
  case $1 in
    --ranks) ranks=$2; shift ;;
    --requests) requests=$2; shift ;;
    --keep) keep=$2; shift ;;
    --help | -h) usage; exit 0 ;;
    *) echo "test-two-hosts.sh: unknown option: $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done
for tool in ip unshare python3; do
  command -v "$tool" >/dev/null || { echo "test-two-hosts.sh needs $tool, which is not installed" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "test-two-hosts.sh needs root, for network namespaces" >&2; exit 1; }
coxswain_build

HEARTBEAT_SECONDS=5 # the default of --heartbeat-timeout
# From the limit to the launcher's word: a beat of half a second, and what a busy machine adds.
SLACK_SECONDS=3
MODEL="--device cpu --hidden-width 64 --inner-width 128"
first=coxswain-$$-a second=coxswain-$$-b
work=${keep:-$(mktemp -d)}
mkdir -p "$work"
launchers=()

clean() {
  local pid
  for pid in ${launchers[@]+"${launchers[@]}"}; do kill -KILL "$pid" 2>/dev/null || true; done
  ip netns del $first 2>/dev/null || true
  ip netns del $second 2>/dev/null || true
  [ -n "$keep" ] || rm -rf "$work"
}
trap clean EXIT

fail() {
  echo "test-two-hosts.sh: $*" >&2
  for log in "$work"/*.log; do
    echo "--- ${log##*/}" >&2
    tail -n 40 "$log" >&2
  done
  exit 1
}

ip netns add $first
ip netns add $second
ip link add coxa netns $first type veth peer name coxb netns $second
ip -n $first addr add 10.77.0.1/24 dev coxa
ip -n $second addr add 10.77.0.2/24 dev coxb
for namespace in $first $second; do ip -n $namespace link set lo up; done
ip -n $first link set coxa up
ip -n $second link set coxb up

# on NAMESPACE HOST LOG FLAG...: starts a launcher there; its process id is in launchers.
on() {
  local namespace=$1 host=$2 log=$3
  shift 3
  ip netns exec "$namespace" unshare --uts sh -c 'hostname "$0"; exec "$@"' "$host" \
    "$COXSWAIN_HOME/scripts/launch.sh" --nnodes 2 --rdzv-endpoint 10.77.0.1:29400 --nproc-per-node "$ranks" $MODEL "$@" \
    >"$work/$log" 2>&1 </dev/null &
  launchers+=($!)
}

seconds() { python3 -c 'import time; print(time.monotonic())'; }

# left: processes of either namespace.
left() { { ip netns pids $first; ip netns pids $second; } 2>/dev/null | wc -l; }

await_none_left() {
  local i
  for i in $(seq 100); do
    [ "$(left)" = 0 ] && return
    sleep 0.1
  done
  fail "$(left) processes are left after $1"
}

echo "== the main job on two hosts, $ranks ranks each"
begin=$(seconds)
on $first host-a main-a.log --max-requests "$requests" --verify --report "$work/report.json"
on $second host-b main-b.log --max-requests "$requests" --verify
wait "${launchers[0]}" || fail "node 0 ended with $?"
wait "${launchers[1]}" || fail "node 1 ended with $?"
launchers=()
python3 - "$work/report.json" "$requests" "$((2 * ranks))" "$(python3 -c "print($(seconds) - $begin)")" <<'PYTHON' || fail "the report is not as it should be"
import json, sys

report = json.load(open(sys.argv[1]))
assert report["requests_completed"] == int(sys.argv[2]), report["requests_completed"]
assert report["world_size"] == int(sys.argv[3]), report["world_size"]
assert report["verification"]["passed"], report["verification"]
print(f"{report['world_size']} ranks, {report['requests_completed']} requests, {report['steps']} steps,"
      f" {report['verification']['tokens_checked']} tokens verified, {float(sys.argv[4]):.1f} s from start to end")
PYTHON
await_none_left "the main job"

echo "== the link goes down"
on $first host-a cut-a.log --speed 2 --heartbeat-timeout ${HEARTBEAT_SECONDS}s
on $second host-b cut-b.log --speed 2 --heartbeat-timeout ${HEARTBEAT_SECONDS}s
for i in $(seq 600); do
  grep -q 'requests, step' "$work/cut-a.log" && break
  kill -0 "${launchers[0]}" 2>/dev/null || fail "the job ended before its link did"
  sleep 0.1
done
grep -q 'requests, step' "$work/cut-a.log" || fail "the job does not run"
cut=$(seconds)
ip -n $first link set coxa down
named=
for i in $(seq 200); do
  if grep -q 'coxswain: job .* failed: ' "$work/cut-a.log"; then
    named=$(seconds)
    break
  fi
  sleep 0.05
done
[ -n "$named" ] || fail "node 0 has not said within 10 s that the job has failed"
codes=()
for pid in "${launchers[@]}"; do
  code=0
  wait "$pid" || code=$?
  codes+=("$code")
done
launchers=()
grep -q 'host-b' <(sed -n '/coxswain: job .* failed/,$p' "$work/cut-a.log") || fail "the verdict does not name host-b"
grep -qE 'root cause: rank [0-9]+ on host-b' "$work/cut-a.log" || fail "the root cause is no rank of host-b"
grep -q 'node 0 is lost' "$work/cut-b.log" || fail "node 1 has not noticed that node 0 is out of reach"
[ "${codes[0]}" = 3 ] || fail "node 0 ended with ${codes[0]}, not 3"
[ "${codes[1]}" = 6 ] || fail "node 1 ended with ${codes[1]}, not 6"
grep -E 'failed: |^coordinator: |^root cause: ' "$work/cut-a.log"
python3 - "$cut" "$named" $HEARTBEAT_SECONDS $SLACK_SECONDS <<'PYTHON' || fail "the lost host was named too late"
import sys

cut, named, limit, slack = map(float, sys.argv[1:])
print(f"named {named - cut:.1f} s after the link went down (heartbeat limit {limit:.0f} s)")
sys.exit(named - cut > limit + slack)
PYTHON
await_none_left "the cut"
echo "== all of it holds; nothing is left"
