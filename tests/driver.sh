#!/bin/sh
# driver.sh - runs one test program for `make check` and counts every test inside it.
#
# Automake's own driver counts programs. This one reads TAP lines ("ok 1 - a sentence", "not ok",
# "# SKIP why"), which cmocka, tests/fuzz/replay.c, the lint self-test and the pytest wrapper print,
# and writes one :test-result: each, so that the totals are totals of tests. A program without such
# lines counts as one, by its exit status (77: skipped). A program that stops half-way has failed,
# whatever it said before, and so has one that ran fewer tests than it planned.
set -u
color=no
while [ $# -gt 0 ]; do
    case $1 in
    --test-name) name=$2; shift 2 ;;
    --log-file) log=$2; shift 2 ;;
    --trs-file) trs=$2; shift 2 ;;
    --color-tests) color=$2; shift 2 ;;
    --expect-failure | --enable-hard-errors) shift 2 ;;
    --collect-skipped-logs) shift 2 ;;
    --) shift; break ;;
    *) break ;;
    esac
done

# A pointer to a local variable that is gone is a fault too, though gcc's sanitizer looks for it only
# when it is asked to.
export ASAN_OPTIONS="detect_stack_use_after_return=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

# The databases of tests lie in memory where there is room, for a disk takes longer than the tests: they
# kill programs, not the machine, so what is written is there all the same.
memory=/dev/shm room=
if [ -z "${TMPDIR:-}" ] && [ "${RELAIS_KEEP:-}" != 1 ] && [ -w $memory ] &&
    ! grep -q " $memory tmpfs [^ ]*noexec" /proc/mounts &&
    [ "$(df -Pk $memory | awk 'END { print int($4 / 1024) }')" -ge 4096 ]; then
    room=$(mktemp -d $memory/relais.XXXXXX) && chmod 755 "$room" && export TMPDIR="$room"
fi

# No test may hang a build: past this limit it is ended, and has failed.
CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 "${TEST_TIMEOUT:-900}" "$@" >"$log" 2>&1 </dev/null
status=$?
[ -z "$room" ] || rm -rf "$room"

TRS=$trs awk -v status="$status" -v name="$name" -v color="$color" '
function paint(code, text) { return color == "yes" ? "\033[" code "m" text "\033[0m" : text }
function result(kind, what) {
    count[kind]++
    print ":test-result: " kind " " what > trs
    if (kind == "FAIL")
        print paint("1;31", "FAIL") ": " name ": " what
    if (kind == "SKIP")
        print paint("1;34", "SKIP") ": " name ": " what
}
BEGIN { trs = ENVIRON["TRS"]; printf "" > trs }
/^1\.\.[0-9]+/ { split($1, p, "[.][.]"); planned += p[2]; if (p[2] == 0) empty = 1; next }
/^(not )?ok([ \t]|$)/ {
    kind = /^not/ ? "FAIL" : "PASS"
    seen++
    if (/# *[Ss][Kk][Ii][Pp]/) # cmocka says "not ok 3 # SKIP"
        kind = "SKIP"
    sub(/^(not )?ok[ \t]*[0-9]*[ \t]*-?[ \t]*/, "")
    result(kind, $0)
}
END {
    if (status == 77 && !seen)
        result("SKIP", "the whole program")
    else if (status == 124 || status == 137)
        result("FAIL", "ended after its time limit")
    else if (status != 0 && !count["FAIL"])
        result("FAIL", "exit status " status (seen ? " after " seen " tests" : ""))
    else if (!seen && status == 0 && !planned && !empty)
        result("PASS", "the whole program")
    else if (planned > seen && status == 0)
        result("FAIL", "ran " seen + 0 " of " planned " planned tests")
    verdict = count["FAIL"] ? "FAIL" : count["PASS"] ? "PASS" : "SKIP"
    print ":global-test-result: " verdict > trs
    print ":recheck: " (verdict == "FAIL" ? "yes" : "no") > trs
    print ":copy-in-global-log: " (verdict == "FAIL" ? "yes" : "no") > trs
    if (verdict == "PASS")
        print paint("0;32", "PASS") ": " name " (" count["PASS"] ")"
}' "$log"
