#!/bin/sh
# build.sh DIRECTORY JNI: builds the stand-in's libraries into DIRECTORY. JNI is the directory of JavaCPP's libjnicudart.so,
# libjninccl.so and libjnicublas.so: each function that these import and the stand-in lacks becomes one that says so, since
# an unresolved one would end the JVM without a word.
set -eu
sources=$(cd "$(dirname "$0")" && pwd)
out=$1
jni=$2
mkdir -p "$out"
flags="-std=gnu11 -O2 -g -Wall -Wextra -Werror -fPIC -pthread -ffp-contract=fast -DSTANDIN_CUDA_VERSION=13030 -DSTANDIN_NCCL_VERSION=23007 -DSTANDIN_CUBLAS_VERSION=130600"

compile() { # compile NAME [FLAG...]
  name=$1
  shift
  gcc $flags "$@" -c "$sources/$name.c" -o "$out/$name.o"
}

# missing PATTERN STATUS JNI_LIBRARY OBJECT...: stubs for what the library imports and the objects lack
missing() {
  pattern=$1 status=$2 library=$3
  shift 3
  (cd "$out" && nm --defined-only "$@") | awk 'NF == 3 && $2 == "T" { print $3 }' | sort -u >"$out/have"
  nm -D --undefined-only "$jni/$library" | awk '{ print $NF }' | sed 's/@.*//' | grep -E "$pattern" | sort -u >"$out/want"
  comm -13 "$out/have" "$out/want" | awk -v status="$status" '
    BEGIN { print "int standin_not_modelled(const char *, int);" }
    { print "int " $0 "(void) { return standin_not_modelled(\"" $0 "\", " status "); }" }' >"$out/stubs.c"
  gcc -O1 -fPIC -w -c "$out/stubs.c" -o "$out/stubs.o"
}

link() { # link LIBRARY MAP FILE...
  library=$1 map=$2
  shift 2
  (cd "$out" && gcc -shared -pthread -Wl,-z,now -Wl,-z,defs -Wl,-rpath,'$ORIGIN' -Wl,-soname,"$library" \
    -Wl,--version-script="$sources/$map" -o "$library" "$@" stubs.o -lm)
}

engine="settings.o device.o memory.o stream.o event.o capture.o graph.o copy.o driver.o"
nccl="nccl_api.o nccl_comm.o nccl_config.o nccl_group.o nccl_plan.o nccl_exchange.o nccl_bootstrap.o nccl_wire.o nccl_reduce.o"
for object in $engine $nccl cudart.o cudart_device.o matmul.o cublaslt.o cublas.o; do
  case $object in
    nccl_reduce.o) compile nccl_reduce -O3 -march=native ;;
    *) compile "${object%.o}" ;;
  esac
done
compile gemm -O3 -march=native

missing '^cu[A-Z]' 801 libjnicudart.so $engine
link libcuda.so.1 cuda.map $engine
missing '^cuda' 801 libjnicudart.so cudart.o cudart_device.o
link libcudart.so.13 cudart.map cudart.o cudart_device.o libcuda.so.1
missing '^p?nccl' 5 libjninccl.so $nccl
link libnccl.so.2 nccl.map $nccl libcuda.so.1
missing '^cublasLt' 15 libjnicublas.so cublaslt.o
link libcublasLt.so.13 cublaslt.map matmul.o cublaslt.o gemm.o libcuda.so.1
missing '^cublas([^L]|L[^t])' 15 libjnicublas.so cublas.o
link libcublas.so.13 cublas.map cublas.o libcublasLt.so.13 libcuda.so.1
rm -f "$out"/*.o "$out"/stubs.c "$out"/have "$out"/want
