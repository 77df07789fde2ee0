#!/bin/sh
# Installs the given Debian packages that are missing: sh conf/packages.sh PACKAGE…
# Without arguments it only updates apt's lists.
set -eu

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

install() {
    as_root apt-get -q -o Acquire::Retries=3 update || return
    [ $# -eq 0 ] ||
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 \
            install -y --no-install-recommends "$@"
}

given=$#
for package; do
    shift
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' ||
        set -- "$@" "$package"
done
[ $# -gt 0 ] || [ "$given" -eq 0 ] || exit 0

# A mirror may fail once or change meanwhile, and another program may hold apt's locks.
for pause in 5 15 0; do
    ! install "$@" || exit 0
    sleep "$pause"
done
exit 1
