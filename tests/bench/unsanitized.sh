#!/bin/sh
# unsanitized.sh PROGRAM... - refuses to measure a program that was built with a sanitizer.
for program in "$@"; do
    [ -f "$program" ] || { echo "$program: missing"; exit 1; }
    if grep -qaE '__(asan|tsan|ubsan|msan)_' "$program"; then
        echo "$program: built with a sanitizer; its speed says nothing" >&2
        exit 1
    fi
done
