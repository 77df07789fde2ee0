#!/bin/sh
# Prints the path of a program: sh conf/program.sh PROGRAM DIRECTORY [PACKAGE…]
#
# If it is not installed, its Debian packages, by default the one of its name, are unpacked below DIRECTORY. They are not
# installed, because that would start a service of the system; the libraries that it lacks are.
set -eu
program=$1
directory=$2
shift 2
[ $# -gt 0 ] || set -- "$program"

find_program() {
    for unpacked in "$directory/usr/sbin/$program" "$directory/usr/bin/$program"; do
        [ ! -x "$unpacked" ] || { printf '%s\n' "$unpacked"; return; }
    done
    PATH=$PATH:/usr/sbin command -v "$program"
}

download() {
    apt-get -q -o Acquire::Retries=3 download "$@" >&2
}

find_program && exit
packages=$(cd "$(dirname "$0")" && pwd -P)/packages.sh
mkdir -p "$directory"
cd "$directory"
# apt's lists may be old or empty.
download "$@" || { sh "$packages" >&2 && download "$@"; }
for package in *.deb; do
    dpkg-deb -x "$package" .
    rm "$package"
done
cd - >/dev/null
path=$(find_program)
if ldd "$path" 2>/dev/null | grep -q 'not found'; then
    # shellcheck disable=SC2046 # words
    sh "$packages" $(apt-cache depends "$@" | sed -n 's/^ *Depends: \(lib.*\)/\1/p') >&2
fi
printf '%s\n' "$path"
