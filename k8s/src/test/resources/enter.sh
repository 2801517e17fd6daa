# enter.sh ROOT HOSTNAME PROGRAM [ARG ...]: runs a program of an image as a container runtime would, as nobody in particular, with a root
# that is read only and cannot be left, no capabilities, none to get, and processes, mounts and a host name of its own.
set -eu
root=$1
name=$2
shift 2
hostname "$name"
mount --bind "$root" "$root"
mount -o remount,bind,ro,nosuid "$root"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
echo "127.0.0.1 localhost $name" >"$root/tmp/hosts"
mount --bind "$root/tmp/hosts" "$root/etc/hosts"
mount -o remount,ro "$root/dev"
# Whoever is not root any more has no capabilities, and gets none.
exec setpriv --no-new-privs chroot --userspec=65532:65532 --groups= "$root" "$@"
