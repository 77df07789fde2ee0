#!/bin/sh
# Prints the path of a program that has its Debian package's name: sh conf/program.sh PACKAGE DIRECTORY
#
# Where there is none the package is unpacked below DIRECTORY, not installed: it would start a service of the system.
set -eu

find_program() {
    for unpacked in "$2/usr/sbin/$1" "$2/usr/bin/$1"; do
        [ ! -x "$unpacked" ] || { printf '%s\n' "$unpacked"; return; }
    done
    PATH=$PATH:/usr/sbin command -v "$1"
}

find_program "$1" "$2" && exit
mkdir -p "$2"
cd "$2"
apt-get -q download "$1" >&2
dpkg-deb -x "$1"_*.deb .
rm "$1"_*.deb
cd - >/dev/null
find_program "$1" "$2"
