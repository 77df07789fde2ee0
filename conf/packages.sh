#!/bin/sh
# Installs the given Debian packages that are missing: sh conf/packages.sh PACKAGE[=PROGRAM]…
# With a program, it is the program that may be missing: who has it from elsewhere, as npm with Node.js's own package,
# keeps it. Without arguments this only updates apt's lists.
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

# is_here PACKAGE[=PROGRAM]
is_here() {
    case $1 in
    *=*) command -v "${1#*=}" >/dev/null 2>&1 ;;
    *) dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q ' installed$' ;;
    esac
}

given=$#
for package; do
    shift
    is_here "$package" || set -- "$@" "${package%=*}"
done
[ $# -gt 0 ] || [ "$given" -eq 0 ] || exit 0

# A mirror may fail once or change meanwhile, and another program may hold apt's locks.
for pause in 5 15 0; do
    ! install "$@" || exit 0
    sleep "$pause"
done
exit 1
