#!/usr/bin/env bash
# Shows or follows the output that a launch with --log-dir has kept, by rank; --help says how.
set -eu

usage() {
  cat <<'TEXT'
usage: logs.sh [-f] [--rank N[,N...]] [--attempt N] [--stream stdout|stderr] [--errors] LOG_DIR [RUN_ID]

Prints what the workers of a run have said, each line with its rank in front, as launch.sh --log-dir has kept it on this host.
Without RUN_ID it is the latest run of LOG_DIR.

  -f, --follow       go on with what is still being written, by restarted ranks too, until Ctrl-C
  --rank N,N         only these ranks (default: all)
  --attempt N        only the ranks' Nth successors, 0 for the first (default: all)
  --stream NAME      only stdout or stderr (default: both)
  --errors           what error.json and failure.json have instead: how workers ended, and why the job failed
  --help             this text

Exit codes: 0; 1 nothing was kept; 2 wrong usage.
TEXT
}

wrong_usage() {
  echo "logs.sh: $*" >&2
  usage >&2
  exit 2
}

# value FLAG ARGS LEFT: refuses a flag without a value.
value() { [ "$2" -ge 2 ] || wrong_usage "$1 needs a value"; }

follow= ranks= attempt='*' streams='stdout stderr' errors=
while [ $# -gt 0 ]; do
  case $1 in
    -f | --follow) follow=1 ;;
    --rank) value "$1" $#; ranks=$2; shift ;;
    --attempt) value "$1" $#; attempt=$2; shift ;;
    --stream) value "$1" $#; streams=$2; shift ;;
    --errors) errors=1 ;;
    -h | --help) usage; exit 0 ;;
    -*) wrong_usage "unknown option: $1" ;;
    *) break ;;
  esac
  shift
done
[ $# -ge 1 ] || wrong_usage "LOG_DIR is missing"
[ $# -le 2 ] || wrong_usage "LOG_DIR and RUN_ID, not more: $3"
[[ $ranks =~ ^([0-9]+(,[0-9]+)*)?$ ]] || wrong_usage "--rank: '$ranks' is refused; allowed are numbers with commas between them"
[[ $attempt =~ ^(\*|[0-9]+)$ ]] || wrong_usage "--attempt: '$attempt' is refused; allowed is a number"
case $streams in
  stdout | stderr | 'stdout stderr') ;;
  *) wrong_usage "--stream: '$streams' is refused; allowed is stdout or stderr" ;;
esac
[ -d "$1" ] || wrong_usage "LOG_DIR: there is no directory $1"

if [ $# -eq 2 ]; then
  run=$1/$2
else
  run=$1/$(ls -t "$1" | head -n 1)
fi
[ -d "$run" ] || { echo "logs.sh: there is no run $run" >&2; exit 1; }

# wanted RANK_DIRECTORY: whether it is of a rank that was asked for; its name is RANK, or RANK.N of a later launch.
wanted() {
  local rank=${1##*/}
  [ -z "$ranks" ] || [[ ,$ranks, == *,${rank%%.*},* ]]
}

# find_files: those that were asked for and are there by now, into found.
find_files() {
  local files=() directory stream file
  for directory in "$run"/attempt_$attempt/*/; do
    directory=${directory%/}
    if [ -d "$directory" ] && wanted "$directory"; then
      if [ -n "$errors" ]; then
        files+=("$directory/error.json")
      else
        for stream in $streams; do files+=("$directory/$stream.log"); done
      fi
    fi
  done
  [ -z "$errors" ] || files+=("$run"/failure*.json)
  found=()
  for file in ${files[@]+"${files[@]}"}; do
    [ ! -f "$file" ] || found+=("$file")
  done
}

find_files
[ ${#found[@]} -gt 0 ] || { echo "logs.sh: nothing was kept in $run" >&2; exit 1; }

if [ -n "$errors" ]; then
  for file in "${found[@]}"; do
    echo "# ${file#"$run"/}"
    cat "$file"
  done
  exit
fi

# Names a file's lines after its rank, and after the attempt beyond the first.
prefix() {
  local rank=${1%/*} attempt
  attempt=${rank%/*}
  attempt=${attempt##*/attempt_}
  rank=${rank##*/}
  [ "$attempt" = 0 ] && echo "[rank $rank] " || echo "[rank $rank, attempt $attempt] "
}

if [ -z "$follow" ]; then
  for file in "${found[@]}"; do
    sed "s/^/$(prefix "$file")/" "$file"
  done
  exit
fi

# Ranks that are restarted have files of their own, which come later.
trap 'exit 0' INT TERM
declare -A followed=()
while true; do
  for file in "${found[@]}"; do
    if [ -z "${followed[$file]:-}" ]; then
      followed[$file]=1
      # It ends with this script, however that ends.
      tail --pid=$$ -n +1 -F "$file" 2>/dev/null | sed -u "s/^/$(prefix "$file")/" &
    fi
  done
  sleep 1
  find_files
done
