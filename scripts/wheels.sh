# Sourced by the scripts that download wheels with pip. They have die TEXT, which ends them, and work, a folder that goes with them.

# Sets pip, the command, and python.
find_pip() {
  python=$(command -v python3) || die "Python 3 is missing (Debian packages python3 and python3-pip)"
  if "$python" -m pip --version >/dev/null 2>&1; then
    pip=("$python" -m pip)
  elif command -v pip3 >/dev/null; then
    pip=(pip3)
  else
    die "$python has no pip, and there is no pip3 (Debian package python3-pip)"
  fi
}

# download REQUIREMENTS FOLDER: the wheels, whose hashes pip checks.
download() {
  local errors=$work/pip-errors.txt pinned
  pinned=$(grep -o '^[^# ]*==[^ ]*' "$1" | paste -sd ' ')
  # Its temporary files go where there has to be room anyway; a copy in its cache would be one that nobody needs.
  if TMPDIR=$work "${pip[@]}" download --no-deps --require-hashes --only-binary :all: --no-cache-dir --no-input \
    --disable-pip-version-check --retries 2 --timeout 30 -d "$2" -r "$1" </dev/null >&2 2>"$errors"; then
    return
  fi
  cat "$errors" >&2
  if grep -q 'DO NOT MATCH THE HASHES' "$errors"; then
    die "hash mismatch: what came for $pinned is not the file that ${1##*/} names; nothing of it was kept"
  fi
  die "$pinned could not be downloaded: no network, or no package index that has it (pip's words above)"
}
