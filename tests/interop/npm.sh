#!/bin/sh
# npm.sh - prints the directory in which the npm packages of package-lock.json are installed, for the
# tests against carriers that we did not write. Installs them when they are missing; when that cannot
# be done (no npm, no registry), says why and returns 77.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
sum=$(sha256sum <"$here/package-lock.json" | cut -c 1-16)
cache=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/relais
dir=$cache/interop-$sum

skip() {
    echo "$*" >&2
    exit 77
}
if [ ! -d "$dir" ]; then
    command -v node >/dev/null && command -v npm >/dev/null || skip "node and npm are not installed"
    mkdir -p "$cache" || skip "$cache cannot be made"
    work=$(mktemp -d "$cache/new-XXXXXX") || skip "$cache cannot be written"
    trap 'rm -rf "$work"' EXIT
    cp "$here/package.json" "$here/package-lock.json" "$work/" || exit 1
    # A whole directory appears at once, so that two builds at the same time do no harm.
    (cd "$work" && timeout 120 npm ci --ignore-scripts --no-audit --no-fund --silent \
        </dev/null >npm.log 2>&1) || skip "npm could not install smpp: $(tail -n 1 "$work/npm.log")"
    mv -T "$work" "$dir" 2>/dev/null || [ -d "$dir/node_modules/smpp" ] || exit 1
fi
echo "$dir"
