# Sourced by launch.sh: archives of the classes that its JVMs load, by which they start in about half the time. They are of one JVM and
# one build. A short job makes them, whose JVMs write down what they have loaded; what cannot be made is done without.

# Without a word where whoever starts has set where they are: empty for none.
coxswain_archives() {
  [ -z "${COXSWAIN_CLASS_ARCHIVES+set}" ] && [ -z "${COXSWAIN_MAKE_CLASS_ARCHIVES:-}" ] || return 0
  local java made
  java=$(readlink -f "$(command -v "$COXSWAIN_JAVA")" | cksum)
  COXSWAIN_CLASS_ARCHIVES="$COXSWAIN_HOME/worker/target/archives-${java%% *}"
  export COXSWAIN_CLASS_ARCHIVES
  if coxswain_archives_fit "$COXSWAIN_CLASS_ARCHIVES"; then
    return 0
  fi
  made=$(mktemp -d "$COXSWAIN_CLASS_ARCHIVES.XXXXXX" 2>/dev/null) || return 0
  echo "coxswain: making starts faster (first start only)" >&2
  coxswain_make_archives "$made"
  rm -rf "$COXSWAIN_CLASS_ARCHIVES"
  mv -T "$made" "$COXSWAIN_CLASS_ARCHIVES" 2>/dev/null || rm -rf "$made" # another launch has been faster
}

# coxswain_archives_fit DIR: it is there, and no jar that one of its JVMs reads was made after it.
coxswain_archives_fit() {
  [ -d "$1" ] &&
    [ -z "$(find "$COXSWAIN_HOME"/{coordinator,worker}/target{,/lib} -maxdepth 1 -name '*.jar' -newer "$1" -print -quit)" ]
}

# coxswain_make_archives DIR: whoever is told to end meanwhile ends at once.
coxswain_make_archives() {
  local job run
  run=$(mktemp -d) || return 0 # not below DIR: a Unix socket's path cannot be as long as a checkout's may be
  coxswain_short_job "$1" "$run" >"$1/log" 2>&1 &
  job=$!
  trap 'coxswain_give_up "$job" 129 "$1" "$run"' HUP
  trap 'coxswain_give_up "$job" 130 "$1" "$run"' INT
  trap 'coxswain_give_up "$job" 143 "$1" "$run"' TERM
  if ! wait $job; then
    echo "coxswain: that failed, see $COXSWAIN_CLASS_ARCHIVES/log: $(grep -v '^-*$' "$1/log" | tail -n 1)" >&2
    rm -f "$1"/*.jsa
  fi
  rm -rf "$run"
  trap - HUP INT TERM
}

# coxswain_give_up JOB CODE DIR ...
coxswain_give_up() {
  kill "$1" 2>/dev/null || :
  wait "$1" || :
  rm -rf "${@:3}"
  exit "$2"
}

# coxswain_short_job DIR RUNTIME_DIR: one that nothing else sees, and that sees nothing of what is set for others.
coxswain_short_job() {
  exec env -i PATH="$PATH" ${JAVA_HOME:+JAVA_HOME="$JAVA_HOME"} XDG_RUNTIME_DIR="$2" COXSWAIN_MAKE_CLASS_ARCHIVES="$1" \
    timeout 120 "$COXSWAIN_HOME/scripts/launch.sh" --device cpu --hidden-width 32 --inner-width 64 --max-requests 3 \
    --join-timeout 60s </dev/null
}

# What the launcher's own JVM is told.
coxswain_archive_options() {
  if [ -n "${COXSWAIN_MAKE_CLASS_ARCHIVES:-}" ]; then
    echo "-XX:ArchiveClassesAtExit=$COXSWAIN_MAKE_CLASS_ARCHIVES/launcher.jsa -Xlog:cds=off -Xlog:cds+dynamic=off"
  elif [ -n "${COXSWAIN_CLASS_ARCHIVES:-}" ]; then
    echo "-XX:SharedArchiveFile=$COXSWAIN_CLASS_ARCHIVES/launcher.jsa -Xlog:cds=off -Xlog:cds+dynamic=off"
  fi
}
