#!/bin/sh
# layers.sh [SRC] - who may include whom, and who owns which library. The tables are the law of the
# house. Prints every trespass; says nothing and returns 0 when the house is in order.
src=${1:-${srcdir:-.}/src}
bad=0

trespass() {
    echo "$1"
    bad=1
}

may() { # may ROOM OTHER: is OTHER a room that ROOM may include?
    [ "$1" = "$2" ] && return 0
    case "$1:$2" in
    domain:base | store:base | store:domain) return 0 ;;
    channel/*:base | channel/*:domain) return 0 ;;
    flow:base | flow:domain | flow:store | flow:channel/*) return 0 ;;
    control:base | control:domain | control:store | control:flow) return 0 ;;
    smsc:base) return 0 ;; # the simulator shares no codec with the client it tests
    programs:*) return 0 ;;
    esac
    return 1
}

room_of() { # room_of PATH, relative to src/: "store/db.c" is in store, "relaisd.c" in programs
    case $1 in
    channel/*/*) echo "$1" | cut -d/ -f1-2 ;;
    */*) echo "${1%%/*}" ;;
    *) echo programs ;;
    esac
}

cd "$src" || exit 99
files=$(find . -name '*.[ch]' -o -name '*.cc' | sed 's|^\./||' | sort)
[ -n "$files" ] || trespass "no source files in $src"

for file in $files; do
    room=$(room_of "$file")
    for to in $(sed -n 's/^ *# *include "\([a-z0-9_/]*\/\)[^/]*".*/\1/p' "$file" | sort -u); do
        may "$room" "$(room_of "$to")" || trespass "$file: $room may not include $to"
    done
    grep -n '^ *# *include "\.\.*/' "$file" /dev/null && trespass "$file: include from src/, not by ./ or ../"
done

only() { # only HEADERS ROOM-OR-FILE...: an extended regex, and the prefixes of those who own it
    headers=$1
    shift
    for file in $(grep -lE "^ *# *include <($headers)" $files /dev/null); do
        owned=no
        for owner in "$@"; do
            case $file in "$owner"*) owned=yes ;; esac
        done
        [ $owned = yes ] || trespass "$file: <$headers> belongs to $*"
    done
}
only 'mysql|mariadb' store/
only 'smpp34' channel/smpp/
only 'openssl/|event2/bufferevent_ssl' channel/smpp/tls channel/mail/relay_tls smsc/wire
only 'libesmtp|auth-client|gmime/' channel/mail/
only 'libxml/|csv\.h' channel/file/
only 'cairo|pango' channel/report/
only 'zlib\.h' channel/file/unpack.c
only 'event2/http|evhttp' control/
only 'confuse' base/config.c
only 'sodium' store/ channel/file/ control/ domain/mail_token domain/mail_mark
only 'unicode/|phonenumbers/' domain/
only 'pthread|threads\.h' base/ # only base/ holds a lock
only 'syslog' base/log.c

words() { # words PATTERN WHAT ROOMS...: an extended regex that the files of ROOMS must not contain
    pattern=$1
    what=$2
    shift 2
    for room in "$@"; do
        for file in $files; do
            case $file in "$room"*) ;; *) continue ;; esac
            grep -nE "$pattern" "$file" /dev/null && trespass "$file: $what"
        done
    done
}
words '^ *# *include <(event2?/|event\.h|sys/socket|sys/stat|netinet|fcntl|unistd|poll|dirent)' \
    'domain/ is pure: no loop, no socket, no file' domain/
words '^ *# *include "base/(log|lane|config|metric)\.h"' \
    'domain/ is pure: it neither logs nor waits nor counts' domain/
words '\<(clock_now|clock_monotonic_us|fopen|fprintf|getenv) *\(' \
    'domain/ is pure: it is told the time and the facts' domain/
words '\<(gettimeofday|clock_gettime|time) *\( *(NULL|&|CLOCK)' \
    'the time comes from base/clock.h' domain/ store/ channel/ flow/ control/
words '"(SELECT|INSERT|UPDATE|DELETE|REPLACE) ' \
    'SQL lives in store/' base/ domain/ channel/ flow/ control/ smsc/ relais
exit $bad
