#!/bin/bash
# demo.sh [--batch] - shows Relais at work on this machine: installs what is missing, builds, starts
# everything on loopback with a database of its own, takes two partners' files, sends a campaign to a
# simulated carrier and prints what happened. Nothing leaves the machine. It stays up until Ctrl-C;
# with --batch it ends after the report, with status 0 only if every figure is what SQL says.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build-demo

case ${1:-} in
'' | --batch) ;;
*) echo "usage: contrib/demo.sh [--batch]" >&2; exit 2 ;;
esac

contrib/install-deps.sh </dev/null
mkdir -p $build
compile() {
    [ -x configure ] || ./autogen.sh || return
    [ -f $build/Makefile ] || (cd $build && ../configure -q CFLAGS=-O2 CXXFLAGS=-O2) || return
    make -C $build -s -j"$(nproc)" all
}
[ -x $build/relaisd ] || echo "Building Relais; the first time takes a minute or two."
if ! compile >$build/build.log 2>&1 </dev/null; then
    tail -n 30 $build/build.log >&2
    echo "The build failed; all of it is in $build/build.log." >&2
    exit 1
fi
export RELAIS_BUILDDIR=$PWD/$build PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 contrib/demo/demo.py "$@"
