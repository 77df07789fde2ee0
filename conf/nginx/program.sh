#!/bin/sh
# Prints the path of nginx's program: sh conf/nginx/program.sh DIRECTORY
#
# Where there is none it is unpacked below DIRECTORY, not installed: its package would start a service on port 80.
set -eu

unpacked=$1/usr/sbin/nginx
if [ ! -x "$unpacked" ] && ! PATH=$PATH:/usr/sbin command -v nginx; then
    mkdir -p "$1"
    cd "$1"
    apt-get -q download nginx >&2
    dpkg-deb -x nginx_*.deb .
    rm nginx_*.deb
    cd - >/dev/null
fi
[ ! -x "$unpacked" ] || printf '%s\n' "$unpacked"
