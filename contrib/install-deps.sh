#!/bin/bash
# install-deps.sh [--fuzz] - the Debian 12 packages that Relais is built from, runs on and is tested
# with, and one npm package for tests. Asks nothing; does nothing, quickly, when all are there. Needs
# root, or sudo.
# --fuzz adds clang and libFuzzer, for `make fuzz`.
set -euo pipefail

packages=(
    # to build
    autoconf automake make gcc g++ libc6-dev pkgconf
    libevent-dev libssl-dev libmariadb-dev libsmpp34-dev libesmtp-dev libgmime-3.0-dev libxml2-dev zlib1g-dev libcsv-dev libjansson-dev libsodium-dev
    libicu-dev libphonenumber-dev libconfuse-dev libsystemd-dev
    libpango1.0-dev libcairo2-dev
    # the letters of reports; without them fontconfig takes others
    fonts-liberation2
    # to run without a database server of one's own; these packages start no service
    mariadb-server-core mariadb-client-core
    # to test
    libcmocka-dev python3 python3-pytest mandoc
    # to test against carriers and decoders that we did not write
    libnet-smpp-perl tshark openssl
    # to test against a mail server and a mail client that we did not write
    swaks
    # to read a report as its reader sees it
    poppler-utils
)
command -v node >/dev/null && command -v npm >/dev/null || packages+=(nodejs npm)
# 1.14.1-3+deb12u1 repairs overflows that any carrier could trigger (CVE-2026-75895).
smpp34_min=1.14.1-3+deb12u1

case ${1:-} in
--fuzz) packages+=(clang libclang-rt-14-dev) ;;
'') ;;
*) echo "usage: $0 [--fuzz]" >&2; exit 2 ;;
esac

installed() { # installed PACKAGE: its version, or nothing; dpkg may never have heard of it
    { dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null || true; } |
        sed -n 's/^installed //p'
}

# Postfix would throw out another mail server that this machine has: then its tests are skipped.
other_mta=$({ dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null || true; } |
    sed -n '/^installed postfix /!s/^installed \([^ ]*\) .*mail-transport-agent.*/\1/p')
if [ -z "$other_mta" ]; then
    packages+=(postfix)
else
    echo "The tests with Postfix will be skipped: $other_mta is installed."
fi

missing=()
for package in "${packages[@]}"; do
    [ -n "$(installed "$package")" ] || missing+=("$package")
done
smpp34=$(installed libsmpp34-dev)
if [ -n "$smpp34" ] && dpkg --compare-versions "$smpp34" lt "$smpp34_min"; then
    missing+=(libsmpp34-dev)
fi

# node-smpp is in no Debian package. Without the npm registry its tests are skipped, and say so.
npm_packages() {
    "$(dirname "$0")/../tests/interop/npm.sh" >/dev/null || echo "The tests with node-smpp will be skipped."
}
if [ ${#missing[@]} -eq 0 ]; then
    npm_packages
    exit 0
fi

echo "Installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "Run this as root, or install sudo: the packages above are missing." >&2
        exit 1
    }
    as_root=(sudo)
fi
# Without a configuration Postfix is not started, now or at the next boot; tests bring their own.
case " ${missing[*]} " in
*' postfix '*)
    echo 'postfix postfix/main_mailer_type select No configuration' |
        "${as_root[@]}" debconf-set-selections
    ;;
esac
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
"${apt[@]}" update
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null </dev/null

if ! dpkg --compare-versions "$(installed libsmpp34-dev)" ge "$smpp34_min"; then
    echo "libsmpp34 $(installed libsmpp34-dev) is too old: $smpp34_min or later is needed" \
        "(enable the security archive of Debian 12)." >&2
    exit 1
fi
npm_packages
