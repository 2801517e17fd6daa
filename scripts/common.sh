# Sourced by the scripts beside it: where the project lies, how to build what is missing, how to start a Java program.
set -eu

COXSWAIN_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export COXSWAIN_HOME
COXSWAIN_JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java

coxswain_build() {
  local module
  for module in coordinator worker; do
    if ! coxswain_is_built "$COXSWAIN_HOME/$module/target" "coxswain-$module.jar"; then
      echo "coxswain: building (first start only)" >&2
      (cd "$COXSWAIN_HOME" && mvn -B -ntp -q -DskipTests -Dspotless.check.skip=true -pl coordinator,worker -am package) >&2
      return
    fi
  done
}

# coxswain_is_built TARGET JAR: it is there, and no class was compiled after it.
coxswain_is_built() {
  [ -f "$1/$2" ] && [ -d "$1/lib" ] && [ -z "$(find "$1/classes" -newer "$1/$2" -type f -print -quit)" ]
}

# The class path of a module: no directory of classes, of which no JVM can have an archive.
coxswain_classpath() {
  echo "$COXSWAIN_HOME/$1/target/coxswain-$1.jar:$COXSWAIN_HOME/$1/target/lib/*"
}

# Netty and JavaCPP call native code, which JDKs from 24 on warn of unless told; older ones do not know these options.
COXSWAIN_NATIVE_ACCESS="-XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"

# Of a program that ends before it would pay to compile it well.
COXSWAIN_SHORT_LIVED="-XX:TieredStopAtLevel=1 -Xshare:auto"

# coxswain_exec MODULE MAIN_CLASS [ARG ...]: replaces the shell, so that signals reach the JVM itself.
coxswain_exec() {
  coxswain_java "$1" "$2" "$COXSWAIN_SHORT_LIVED" "${@:3}"
}

# The same for a program that stays: it compiles what it runs often, and dies of a full heap instead of going on lame.
coxswain_serve() {
  coxswain_java "$1" "$2" "-XX:-UsePerfData -XX:+ExitOnOutOfMemoryError" "${@:3}"
}

coxswain_java() {
  coxswain_build
  coxswain_run "$@"
}

# coxswain_run MODULE MAIN_CLASS JVM_OPTIONS [ARG ...]: of what is built.
coxswain_run() {
  local module=$1 main=$2 options=$3
  shift 3
  exec "$COXSWAIN_JAVA" $COXSWAIN_NATIVE_ACCESS ${COXSWAIN_JAVA_OPTS:-} -XX:+UseSerialGC $options \
    -cp "$(coxswain_classpath "$module")" "$main" "$@"
}
