#!/bin/sh
# soak.sh [MINUTES] - every fault of the rough scenario at once, under load; by hand: `make soak`. Prints
# progress, and at the end one line with the verdict; the status is 0 when it is good.
src=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 1
RELAIS_BUILDDIR=${RELAIS_BUILDDIR:-$(pwd)}
PYTHONDONTWRITEBYTECODE=1
export RELAIS_BUILDDIR PYTHONDONTWRITEBYTECODE
exec "${PYTHON:-/usr/bin/python3}" "$src/tests/integration/soak.py" "${1:-10}"
