#!/bin/sh
# run.sh [NAME] - every measurement, or bench_NAME alone, on a build of its own in build-bench/:
# optimised, without sanitizers. Prints lines `name value unit`; lines with # say the circumstances.
src=$(cd "${srcdir:-.}" && pwd) || exit 1
only=$1
set -e
mkdir -p build-bench
cd build-bench
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
# LDFLAGS and CFLAGS of the surrounding build are not passed on: these are the ones measured.
[ -f Makefile ] || "$src/configure" -q CFLAGS='-O2 -g' CXXFLAGS='-O2 -g'
make -s -j"$(nproc)" all >/dev/null
sh "$src/tests/bench/unsanitized.sh" relaisd relais-smsc

echo "# machine cores=$(nproc)" \
    "memory_mb=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" \
    "kernel=$(uname -r)" \
    "cpu=\"$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)\""
echo "# build cflags=\"-O2 -g\" relaisd_bytes=$(stat -c %s relaisd)"
RELAIS_BUILDDIR=$(pwd)
PYTHONDONTWRITEBYTECODE=1
export RELAIS_BUILDDIR PYTHONDONTWRITEBYTECODE
status=0 ran=0
for bench in "$src"/tests/bench/bench_*.py; do
    name=${bench##*/bench_}
    [ -z "$only" ] || [ "$only" = "${name%.py}" ] || continue
    ran=$((ran + 1))
    "${PYTHON:-/usr/bin/python3}" "$bench" || { echo "# bench_$name failed"; status=1; }
done
[ $ran -gt 0 ] || { echo "no bench called $only"; status=1; }
exit $status
