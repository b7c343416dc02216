#!/bin/sh
# size.sh [DIR...] - the walls: a C file 800 lines, a function 100 (a table is no function).
# Past them, ask which second idea lives there. A function is what stands between a `{` and a `}`
# at the start of a line, which is how .clang-format writes it.
[ $# -gt 0 ] || set -- "${srcdir:-.}/src" "${srcdir:-.}/tests"
files=$(find "$@" -name '*.[ch]' -o -name '*.cc' | sort)
[ -n "$files" ] || { echo "no source files in $*"; exit 1; }

awk '
FNR == 1 { if (file) end_file(); file = FILENAME; in_function = 0 }
function end_file() {
    if (lines > 800) { print file ": " lines " lines, the wall is 800"; bad = 1 }
}
{ lines = FNR }
/^[a-zA-Z].*\)$/ || /^    .*\)$/ { if (!in_function) head = $0 }
/^{$/ { in_function = 1; start = FNR; next }
/^}$/ && in_function {
    if (FNR - start + 1 > 100) {
        print file ":" start ": a function of " FNR - start + 1 " lines, the wall is 100: " head
        bad = 1
    }
    in_function = 0
}
END { end_file(); exit bad }' $files
