#!/bin/bash
# check.sh - installs what is missing, builds with sanitizers in build-check/, runs every test.
# Asks nothing. The last line says "N passed, N failed"; the status is 0 only if nothing failed.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build-check

finish() { # finish PASSED FAILED SKIPPED
    [ "$3" -eq 0 ] || echo "$3 skipped"
    echo "$1 passed, $2 failed"
    [ "$2" -eq 0 ]
}
broken() {
    echo "$1" >&2
    finish 0 1 0
    exit 1
}
# Automake looks after itself once there is a Makefile; before that, the files must be made.
prepare() {
    contrib/install-deps.sh || return
    [ -x configure ] || ./autogen.sh || return
    mkdir -p $build
    [ -f $build/Makefile ] ||
        (cd $build && ../configure -q --enable-werror --enable-sanitizers) || return
    make -C $build -s -j"$(nproc)" all || return
    make -C $build -s -j"$(nproc)" check TESTS= # the test programs, none of them run
}
prepare </dev/null || broken "The build failed."

# What an earlier run left would be counted; a test that was renamed leaves its result behind.
find $build/tests -name '*.trs' -delete
# Tests wait for facts more than they compute: two of them for each processor.
make -C $build -s -k -j"$(($(nproc) * 2))" check </dev/null && status=0 || status=$?

# Why, for whoever sees nothing but this output.
tell_why() {
    local trs
    find $build/tests -name '*.trs' | sort | while read -r trs; do
        grep -q '^:global-test-result: FAIL' "$trs" || continue
        echo "--- the end of ${trs%.trs}.log:"
        tail -n 80 "${trs%.trs}.log"
    done
}
tell_why

count() { # count PASS|FAIL|SKIP
    find $build/tests -name '*.trs' -exec cat {} + | grep -c "^:test-result: $1" || true
}
passed=$(count PASS) failed=$(($(count FAIL) + $(count ERROR))) skipped=$(count SKIP)
# make failed for a reason that is no test's, or nothing ran: that is a failure too.
if [ $failed -eq 0 ] && { [ "$status" -ne 0 ] || [ "$passed" -eq 0 ]; }; then
    failed=1
fi
finish "$passed" $failed "$skipped"
