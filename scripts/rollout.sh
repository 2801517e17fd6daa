#!/usr/bin/env bash
# Replaces a job's worker pods by those of a new template, one after the other: rollout.sh --help.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: rollout.sh [-n NAMESPACE] [--statefulset NAME] [--timeout SECONDS]

Replaces the worker pods that are not of their StatefulSet's newest template, one after the other, the last first. Each is deleted,
which drains it: it finishes its step and leaves, and the group goes on without it. The next one's turn comes when the pod that
takes its place is ready, that is when the group has taken it in and its steps progress. So the group never lacks more than one
worker, and no request is lost. A pod of an earlier template that is not ready has its turn first: it may never be.

Pods that run a launcher, as those of a node with all of its GPUs, are refused: their job ends with them, so delete it and apply the new one.

  -n, --namespace NAMESPACE   where the job is (default: that of kubectl's context)
  --statefulset NAME          the workers' (default: coxswain-worker)
  --timeout SECONDS           for one pod to be replaced, 1 to 86400 (default: 600)
  --help                      this text

It may be interrupted, and started again: it goes on where it was. Uses $KUBECTL, or kubectl.

Exit codes: 0 all pods are of the newest template and ready; 1 they are not, and the reason was said; 2 wrong usage.
TEXT
}

say() { echo "rollout.sh: $*" >&2; }

die() {
  say "$*"
  exit 1
}

wrong_usage() {
  say "$*"
  usage >&2
  exit 2
}

namespace=()
name=coxswain-worker
timeout=600
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    -n | --namespace | --statefulset | --timeout) [ $# -gt 1 ] || wrong_usage "$1 needs a value" ;;
  esac
  case $1 in
    -n | --namespace) namespace=(--namespace "$2") ;;
    --statefulset) name=$2 ;;
    --timeout) timeout=$2 ;;
    *) wrong_usage "unknown argument: $1" ;;
  esac
  shift 2
done
case $timeout in
  *[!0-9]* | "" | ??????*) wrong_usage "--timeout is $timeout; allowed is 1 to 86400" ;;
esac
[ "$timeout" -ge 1 ] && [ "$timeout" -le 86400 ] || wrong_usage "--timeout is $timeout; allowed is 1 to 86400"

k() { "${KUBECTL:-kubectl}" --request-timeout 20s ${namespace[@]+"${namespace[@]}"} "$@"; }

# of FIELD: one of the StatefulSet's.
of() { k get statefulset "$name" -o "jsonpath={$1}"; }

# The controller has seen the template: before, its newest revision is the one before.
settled() { [ "$(of .status.observedGeneration)" = "$(of .metadata.generation)" ]; }

# pod NUMBER: its uid, revision, and whether it is ready; nothing where there is none.
pod() {
  k get pod "$name-$1" --ignore-not-found -o \
    'jsonpath={.metadata.uid} {.metadata.labels.controller-revision-hash} {.status.conditions[?(@.type=="Ready")].status}'
}

# is_up NUMBER REVISION OLD_UID: whether a pod of that revision, other than the old one, is ready.
is_up() {
  local uid revision ready
  read -r uid revision ready < <(pod "$1"; echo)
  [ -n "$uid" ] && [ "$uid" != "$3" ] && [ "$revision" = "$2" ] && [ "$ready" = True ]
}

all_ready() { [ "$(of .status.readyReplicas)" = "$(of .spec.replicas)" ]; }

# wait_for WHAT COMMAND ...
wait_for() {
  local what=$1 end=$((SECONDS + timeout))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || die "$what: not within $timeout s"
    sleep 1
  done
}

replicas=$(of .spec.replicas) || die "there is no StatefulSet $name"
[ "$(of '.spec.template.spec.containers[0].args[0]')" != launch ] ||
  die "the pods of StatefulSet $name run launchers, whose job takes no pod in again: delete the job, and apply the new one"
wait_for "the controller sees the template" settled
revision=$(of .status.updateRevision)
replaced=0

# replace NUMBER UID: deletes the pod, and waits for the one that takes its place.
replace() {
  local begun=$SECONDS
  k delete pod "$name-$1" --wait=false >/dev/null
  wait_for "$name-$1 is replaced and taken in" is_up "$1" "$revision" "$2"
  replaced=$((replaced + 1))
  say "$name-$1 replaced in $((SECONDS - begun)) s"
}

for ((number = replicas - 1; number >= 0; number--)); do
  read -r uid has ready < <(pod "$number"; echo)
  if [ -n "$uid" ] && [ "$has" != "$revision" ] && [ "$ready" != True ]; then
    replace "$number" "$uid"
  fi
done
wait_for "all $replicas pods are ready" all_ready
for ((number = replicas - 1; number >= 0; number--)); do
  read -r uid has _ < <(pod "$number"; echo)
  if [ "$has" != "$revision" ]; then
    replace "$number" "$uid"
    wait_for "all $replicas pods are ready" all_ready
  fi
done
say "$replaced of $replicas pods replaced; all are of revision $revision and ready"
