#!/bin/sh
# selftest.sh - a checker that cannot fail is not a checker: shows each one red, and green beside it.
here=$(cd "${srcdir:-.}/tests/lint" && pwd)
driver=$(cd "${srcdir:-.}/tests" && pwd)/driver.sh
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0

say() { # say ok|"not ok" SENTENCE
    n=$((n + 1))
    echo "$1 $n - $2"
    [ "$1" = ok ] || bad=1
}
fresh() {
    rm -rf "$tmp/tree"
    mkdir -p "$tmp/tree/src" "$tmp/tree/tests/unit" "$tmp/tree/tests/lint"
}
put() { # put FILE TEXT: adds a file to the tree
    mkdir -p "$(dirname "$tmp/tree/$1")"
    printf '%s\n' "$2" >"$tmp/tree/$1"
}
expect() { # expect red|green SENTENCE COMMAND...
    colour=$1 sentence=$2
    shift 2
    if "$@" >"$tmp/out" 2>&1; then got=green; else got=red; fi
    if [ $got = "$colour" ]; then say ok "$sentence"; else
        say 'not ok' "$sentence"
        sed 's/^/# /' "$tmp/out"
    fi
}

layer() { # layer red|green SENTENCE FILE LINE
    fresh
    put "src/$3" "$4"
    expect "$1" "$2" sh "$here/layers.sh" "$tmp/tree/src"
}
layer green 'the store may know the domain'      store/a.c '#include "domain/types.h"'
layer green 'a program may know everything'      relaisd.c '#include "channel/smpp/session.h"'
layer green 'flow may know a channel'            flow/a.c '#include "channel/smpp/session.h"'
layer green 'a room may know itself'             channel/smpp/a.c '#include "channel/smpp/pdu.h"'
layer red 'the domain may not know the store'    domain/a.c '#include "store/db.h"'
layer red 'a channel may not know the store'     channel/smpp/a.c '#include "store/db.h"'
layer red 'the store may not know flow'          store/a.c '#include "flow/outbox.h"'
layer red 'base may not know the domain'         base/a.h '#include "domain/types.h"'
layer red 'control may not know a channel'       control/a.c '#include "channel/smpp/session.h"'
layer red 'channels may not know each other'     channel/file/a.c '#include "channel/smpp/pdu.h"'
layer red 'the simulator knows base alone'       smsc/a.c '#include "channel/smpp/pdu.h"'
layer red 'an include by ../ is refused'         flow/a.c '#include "../store/db.h"'
layer red 'mysql outside store is refused'       flow/a.c '#include <mysql.h>'
layer red 'libsmpp34 outside its room is refused' smsc/a.c '#include <smpp34.h>'
layer red 'OpenSSL outside its files is refused' flow/a.c '#include <openssl/ssl.h>'
layer red 'libxml2 outside its room is refused'  flow/a.c '#include <libxml/xmlreader.h>'
layer red 'libcsv outside its room is refused'   flow/a.c '#include <csv.h>'
layer red 'evhttp outside control is refused'    flow/a.c '#include <event2/http.h>'
layer red 'libconfuse outside config.c is refused' base/b.c '#include <confuse.h>'
layer green 'libconfuse inside config.c is fine' base/config.c '#include <confuse.h>'
layer red 'sodium in the domain is refused'      domain/a.c '#include <sodium.h>'
layer red 'ICU outside the domain is refused'    flow/a.c '#include <unicode/ustring.h>'
layer red 'a lock outside base is refused'       flow/a.c '#include <pthread.h>'
layer red 'a socket in the domain is refused'    domain/a.c '#include <sys/socket.h>'
layer red 'a log line in the domain is refused'  domain/a.c '#include "base/log.h"'
layer red 'the clock in the domain is refused'   domain/a.c 'int64_t t = clock_now();'
layer red 'a clock of its own is refused'        flow/a.c 'time_t t = time(NULL);'
layer red 'SQL outside the store is refused'     flow/a.c 'const char q[] = "SELECT id FROM message";'
fresh
expect red 'an empty tree is not in order' sh "$here/layers.sh" "$tmp/tree/src"

lines() { # lines N: a function whose body has N lines
    echo 'int f(void)'
    echo '{'
    i=0
    while [ $i -lt "$1" ]; do
        echo '    f();'
        i=$((i + 1))
    done
    echo '}'
}
fresh
lines 98 >"$tmp/tree/src/a.c"
expect green 'a function of 100 lines stands' sh "$here/size.sh" "$tmp/tree/src"
lines 99 >"$tmp/tree/src/a.c"
expect red 'a function of 101 lines does not' sh "$here/size.sh" "$tmp/tree/src"
fresh
yes '/* */' | head -n 800 >"$tmp/tree/src/a.c"
expect green 'a file of 800 lines stands' sh "$here/size.sh" "$tmp/tree/src"
yes '/* */' | head -n 801 >"$tmp/tree/src/a.c"
put src/z.c '/* the last file is not the only one that is measured */'
expect red 'a file of 801 lines does not' sh "$here/size.sh" "$tmp/tree/src"
fresh
expect red 'a measure of nothing is no measure' sh "$here/size.sh" "$tmp/tree/src"

listing() { # listing red|green SENTENCE LIST FILE...
    fresh
    colour=$1 sentence=$2
    put tests/fuzz/replay.c ''
    put Makefile.am "x = tests/fuzz/replay.c $3"
    shift 3
    for f in "$@"; do put "$f" ''; done
    expect "$colour" "$sentence" sh "$here/lists.sh" "$tmp/tree"
}
listing green 'a listed source is fine' 'src/a.c' src/a.c
listing red 'a forgotten source is noticed' 'src/a.c' src/a.c src/b.c
listing red 'a forgotten header is noticed' 'src/a.c' src/a.c src/a.h
listing green 'a test in check_PROGRAMS runs' \
    'tests/unit/test_a tests/unit/test_a.c' tests/unit/test_a.c
listing red 'a test whose sources alone are named does not' 'tests/unit/test_a.c' tests/unit/test_a.c
listing red 'a forgotten fuzz target is noticed' 'tests/fuzz/fuzz_a.c' tests/fuzz/fuzz_a.c
listing red 'a forgotten pytest file is noticed' '' tests/integration/test_a.py
listing red 'a name inside a longer name is no listing' 'src/aa.c' src/aa.c src/a.c
listing red 'a name in a comment is no listing' '# src/a.c' src/a.c
listing red 'a forgotten migration is noticed' '' sql/0001-a.sql

fresh
put contrib/a.sh '#!/bin/sh
if true; then'
chmod +x "$tmp/tree/contrib/a.sh"
expect red 'a script that does not parse is noticed' sh "$here/scripts.sh" "$tmp/tree"
chmod -x "$tmp/tree/contrib/a.sh"
put contrib/a.sh '#!/bin/sh'
expect red 'a script without its run bit is noticed' sh "$here/scripts.sh" "$tmp/tree"
chmod +x "$tmp/tree/contrib/a.sh"
expect green 'a good script is fine' sh "$here/scripts.sh" "$tmp/tree"
put tests/integration/a.py 'def f(:'
expect red 'a Python file that does not parse is noticed' sh "$here/scripts.sh" "$tmp/tree"

case $(clang-format --version 2>/dev/null) in
*version\ 14.*)
    fresh
    cp "$here/../../.clang-format" "$tmp/tree/"
    put src/a.c 'int a;'
    expect green 'good form is fine' sh "$here/format.sh" "$tmp/tree/src"
    put src/a.c 'int   a ;'
    expect red 'bad form is noticed' sh "$here/format.sh" "$tmp/tree/src"
    ;;
*) say ok 'bad form is noticed # SKIP clang-format 14 is not installed' ;;
esac

drive() { # drive TOTALS SENTENCE SCRIPT: what tests/driver.sh counts, "PASS FAIL SKIP"
    printf '%s\n' "$3" >"$tmp/prog"
    sh "$driver" --test-name t --log-file "$tmp/log" --trs-file "$tmp/trs" \
        --color-tests no -- sh "$tmp/prog" >/dev/null
    got=$(for kind in PASS FAIL SKIP; do grep -c "^:test-result: $kind" "$tmp/trs"; done | xargs)
    if [ "$got" = "$1" ]; then say ok "$2"; else say 'not ok' "$2 (counted $got, not $1)"; fi
}
drive '2 0 0' 'the driver counts each test' 'echo 1..2; echo "ok 1 - a"; echo "ok 2 - b"'
drive '1 1 0' 'the driver sees a failure in spite of status 0' 'echo "ok 1 - a"; echo "not ok 2 - b"'
drive '1 1 0' 'the driver sees a stop half-way' 'echo 1..3; echo "ok 1 - a"; exit 3'
drive '1 1 0' 'the driver sees tests that never ran' 'echo 1..3; echo "ok 1 - a"'
drive '0 1 0' 'the driver sees a bare exit status' 'exit 1'
drive '0 0 1' 'the driver sees a skip' 'exit 77'
drive '1 0 1' 'the driver sees a skip in a line' 'echo "ok 1 - a"; echo "ok 2 - b # SKIP no c"'
TEST_TIMEOUT=1 drive '0 1 0' 'the driver ends what hangs' 'sleep 20'

# What guards a measurement is a checker too.
sanity=$here/../bench/unsanitized.sh
echo 'an optimised program' >"$tmp/prog"
expect green 'an optimised build may be measured' sh "$sanity" "$tmp/prog"
echo 'calls __asan_init first' >"$tmp/prog"
expect red 'a sanitized build may not be measured' sh "$sanity" "$tmp/prog"
expect red 'a missing program may not be measured' sh "$sanity" "$tmp/none"
echo "1..$n"
exit $bad
