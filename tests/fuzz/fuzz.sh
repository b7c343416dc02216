#!/bin/sh
# fuzz.sh NAME SECONDS - looks for new harm with libFuzzer (clang): builds tests/fuzz/fuzz_NAME in
# build-fuzz/ and runs it from its corpus. What it finds is left in build-fuzz/found-NAME/; a finding
# that was mended goes into tests/fuzz/corpus/NAME/, where every `make check` tries it again.
name=$1 seconds=${2:-60}
src=$(cd "${srcdir:-.}" && pwd) || exit 1
if [ ! -f "$src/tests/fuzz/fuzz_$name.c" ]; then
    echo "make fuzz FUZZ=NAME [SECONDS=60], where NAME is one of:"
    ls "$src"/tests/fuzz/fuzz_*.c | sed 's|.*/fuzz_\(.*\)\.c|  \1|'
    exit 1
fi
command -v clang >/dev/null || { echo "clang is missing: contrib/install-deps.sh --fuzz"; exit 1; }

set -e
mkdir -p build-fuzz
cd build-fuzz
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
flags='-O1 -g -fsanitize=fuzzer-no-link'
[ -f Makefile ] || "$src/configure" -q --enable-sanitizers CC=clang CXX=clang++ \
    CFLAGS="$flags" CXXFLAGS="$flags"
make -s "tests/fuzz/fuzz_$name" CPPFLAGS=-DRELAIS_LIBFUZZER LDFLAGS=-fsanitize=fuzzer
mkdir -p "found-$name"
exec "tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="found-$name/" "found-$name" "$src/tests/fuzz/corpus/$name"
