#!/usr/bin/env bash
# One rank of a job, started by hand, by srun or by mpirun: worker.sh --help.
. "$(dirname "$0")/common.sh"
coxswain_serve worker io.coxswain.worker.WorkerMain "$@"
