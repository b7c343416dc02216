#!/bin/sh
# scripts.sh [ROOT] - every script parses, the ones people call have their run bit, man pages are
# well formed (where mandoc is installed).
root=${1:-${srcdir:-.}}
bad=0
for file in "$root"/contrib/*.sh "$root"/autogen.sh "$root"/.ci/run "$root"/tests/*.sh \
    "$root"/tests/lint/*.sh "$root"/tests/bench/*.sh "$root"/tests/interop/*.sh; do
    [ -f "$file" ] || continue
    case $(head -n 1 "$file") in
    *bash*) bash -n "$file" || bad=1 ;;
    '#!/bin/sh'*) sh -n "$file" || bad=1 ;;
    *) echo "$file: its first line names no shell"; bad=1 ;;
    esac
    case $file in
    */contrib/*.sh | */autogen.sh | */interop/*.sh) [ -x "$file" ] || { echo "$file: no run bit"; bad=1; } ;;
    esac
done
for file in "$root"/tests/integration/*.py "$root"/tests/bench/*.py; do
    [ -f "$file" ] || continue
    /usr/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || bad=1
done
if command -v mandoc >/dev/null; then
    for page in "$root"/doc/*.[1-8]; do
        [ -f "$page" ] && { mandoc -Tlint -Wwarning "$page" || bad=1; }
    done
fi
exit $bad
