#!/usr/bin/env bash
# Prints launch.sh's completion for bash: source <(scripts/completion.sh), in zsh after autoload -U bashcompinit && bashcompinit.
. "$(dirname "$0")/common.sh"
coxswain_exec worker io.coxswain.worker.launch.CompletionMain "$@"
