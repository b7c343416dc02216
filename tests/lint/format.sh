#!/bin/sh
# format.sh [DIR...] - the C sources look as .clang-format says. Versions of clang-format disagree
# about details, so only version 14 (Debian 12) judges; without it the check is skipped, visibly.
[ $# -gt 0 ] || set -- "${srcdir:-.}/src" "${srcdir:-.}/tests"
case $(clang-format --version 2>/dev/null) in
*version\ 14.*) ;;
*)
    echo "ok 1 - format # SKIP clang-format 14 is not installed"
    exit 0
    ;;
esac
find "$@" \( -name '*.[ch]' -o -name '*.cc' \) -print0 |
    xargs -0 clang-format --dry-run --Werror --style=file
