#!/bin/sh
# Installs those Debian packages that are missing: sh conf/packages.sh PACKAGE…
set -eu

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

for package; do
    shift
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' ||
        set -- "$@" "$package"
done
[ $# -gt 0 ] || exit 0

as_root apt-get -q update
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
