#!/bin/sh
# lists.sh [ROOT] - what lies in the tree is in the build. A test that no list names never runs, and
# a source that none names is missing from the tarball; nobody notices either. Compares globs with
# Makefile.am and the .mk files it includes.
root=${1:-${srcdir:-.}}
cd "$root" || exit 99
lists=$(find Makefile.am src tests -name Makefile.am -o -name '*.mk' | sort)
named=$(sed -e 's/#.*//' -e 's/\$(srcdir)\///g' $lists | tr -s ' \t\\' '\n' | sort -u)
bad=0

listed() { # listed PATH AS: is AS a word in the lists?
    echo "$named" | grep -qxF -e "$2" && return
    echo "$1: not in any list ($2 is missing)"
    bad=1
}

for file in $(find src -name '*.[ch]' -o -name '*.cc') tests/fuzz/replay.c \
    sql/*.sql conf/*.conf conf/partners/* contrib/*.sh contrib/scenarios/* doc/*.md \
    tests/*.sh tests/lint/*.sh tests/integration/*.py tests/integration/*.[ch] tests/bench/* \
    tests/interop/*; do
    case $file in *'*'* | *__pycache__* | src/build/*) continue ;; esac
    [ -d "$file" ] || listed "$file" "$file"
done
# A test must be in check_PROGRAMS (or TESTS), not only have its sources named.
for file in tests/unit/test_*.c tests/fuzz/fuzz_*.c tests/integration/test_*.c; do
    case $file in *'*'*) continue ;; esac
    listed "$file" "${file%.c}"
done
exit $bad
