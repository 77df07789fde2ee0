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

download() {
    apt-get -q -o Acquire::Retries=3 download "$1" >&2
}

find_program "$1" "$2" && exit
packages=$(cd "$(dirname "$0")" && pwd -P)/packages.sh
mkdir -p "$2"
cd "$2"
# What apt knows of the mirror may be old, or nothing.
download "$1" || { sh "$packages" >&2 && download "$1"; }
dpkg-deb -x "$1"_*.deb .
rm "$1"_*.deb
cd - >/dev/null
find_program "$1" "$2"
