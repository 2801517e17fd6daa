#!/usr/bin/env bash
# Makes a base image with a JRE from Debian's packages, without a container engine or a registry: debian-base.sh --help.
set -euo pipefail

PACKAGES="libc6 libgcc-s1 libstdc++6 zlib1g busybox-static"
JRES="openjdk-25-jre-headless openjdk-21-jre-headless openjdk-17-jre-headless"

usage() {
  cat <<'TEXT'
usage: debian-base.sh [--or-say-why] FILE.tar

Writes a base image to FILE.tar: Debian's newest JRE, the C and C++ libraries, and a shell (busybox), from this machine's own
package sources; nothing is installed, and what was downloaded is kept below ~/.cache/coxswain. For tests and for clusters
without a registry: mvn -Pimage-tar -DskipTests package -Dcoxswain.image.base=tar://FILE.tar

  --or-say-why   where the packages cannot be had, write an empty image, and the reason to FILE.tar.missing

Exit codes: 0 FILE.tar is there; 1 it is not, and the reason was said; 2 wrong usage.
TEXT
}

or_say_why=
while [ $# -gt 1 ]; do
  case $1 in
    --or-say-why) or_say_why=1 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
case ${1:-} in
  --help | -h) usage; exit 0 ;;
  "" | -*) usage >&2; exit 2 ;;
esac
mkdir -p "$(dirname "$1")"
file=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d "$file.XXXXXX")
trap 'rm -rf "$work"' EXIT
rm -f "$file.missing"

fail() {
  echo "debian-base.sh: $*" >&2
  [ -n "$or_say_why" ] || exit 1
  echo "$*" >"$file.missing"
  mkdir -p "$work/nothing/tmp"
  pack "$work/nothing"
  exit 0
}

# pack FOLDER: the image, as docker load and Jib read it: one layer, its configuration, and a list of both.
pack() {
  local layer
  tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$work/layer.tar" .
  layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
  cat >"$work/config.json" <<JSON
{"architecture":"amd64","os":"linux","created":"1970-01-01T00:00:00Z",
 "config":{"Env":["PATH=/usr/local/bin:/usr/bin:/bin","LANG=C.UTF-8"]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]}}
JSON
  echo '[{"Config":"config.json","RepoTags":["coxswain-base:latest"],"Layers":["layer.tar"]}]' >"$work/manifest.json"
  tar -C "$work" -cf "$file.new" manifest.json config.json layer.tar
  mv -f "$file.new" "$file"
}

candidate() { apt-cache "${apt[@]}" policy "$1" | sed -n 's/^  Candidate: //p' | grep -v '^(none)$'; }

# Prints the newest JRE that this Debian has.
newest_jre() {
  local name
  for name in $JRES; do
    if candidate "$name" >/dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

[ "$(uname -sm)" = "Linux x86_64" ] || fail "this is $(uname -sm), not Linux on x86_64"
for tool in apt-get apt-cache dpkg-deb tar sha256sum; do
  command -v "$tool" >/dev/null || fail "$tool is missing: this is no Debian"
done

# Lists and downloads of our own: they need no root, and leave the machine's alone. A day old is new enough.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/coxswain/debian
mkdir -p "$cache"/{lists/partial,archives/partial}
apt=(-qq -o "Dir::State::lists=$cache/lists" -o "Dir::Cache=$cache" -o APT::Sandbox::User= -o Acquire::Retries=2)
exec 9>"$cache/lock"
flock -w 300 9 || fail "another build holds $cache/lock for five minutes"
if [ -z "$(find "$cache/lists" -name '*Packages*' -mtime -1 -print -quit)" ]; then
  timeout 300 apt-get "${apt[@]}" update >&2 || fail "apt-get update did not succeed"
fi
jre=$(newest_jre) || fail "this Debian has none of $JRES"

cd "$cache/archives"
for package in $jre $PACKAGES; do
  version=$(candidate "$package") || fail "this Debian has no $package"
  if ! compgen -G "${package}_${version//:/%3a}_*.deb" >/dev/null; then
    rm -f "${package}"_*.deb
    timeout 300 apt-get "${apt[@]}" download "$package" >&2 || fail "$package could not be downloaded"
  fi
  dpkg-deb -x "${package}"_*.deb "$work/root" || fail "$package could not be unpacked"
done

root=$work/root
rm -rf "$root"/usr/share/{doc,man,lintian} "$root"/usr/lib/debug
mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,usr/bin}
chmod 1777 "$root/tmp"
for tool in sh rm grep ls cat ps sleep; do
  ln -sf busybox "$root/bin/$tool"
done
number=${jre#openjdk-}
ln -sf "/usr/lib/jvm/java-${number%%-*}-openjdk-amd64/bin/java" "$root/usr/bin/java"
[ -x "$root$(readlink "$root/usr/bin/java")" ] || fail "$jre has no java"
printf 'root:x:0:0:root:/:/bin/sh\nnonroot:x:65532:65532:nobody:/tmp:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
pack "$root"
echo "debian-base.sh: $jre in $file"
