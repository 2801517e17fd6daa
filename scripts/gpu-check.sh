#!/usr/bin/env bash
# Checks whether this machine's GPUs do what a worker needs, a line for each check: gpu-check.sh --help.
. "$(dirname "$0")/common.sh"
coxswain_exec worker io.coxswain.worker.gpucheck.GpuCheckMain "$@"
