#!/bin/sh
# Builds wxuser out of tree: sh conf/build.sh DIRECTORY [arguments of configure]
#
# Copies the sources to DIRECTORY/src, so that the tree stays as it is, even if it is read-only or configured in place.
# Does nothing if no source is newer than the last build; otherwise make rebuilds what has changed.
# shellcheck disable=SC2086 # lists of words
set -eu

sources='app clients conf console db docs handlers m4 man tests www autogen.sh configure.ac Makefile.am LICENSE
    *.md .editorconfig .clang-format'

tree=$(cd "$(dirname "$0")/.." && pwd -P)
mkdir -p "$1"
cd "$1"
shift

is_current() {
    [ -f .built ] && directory=$PWD &&
        [ -z "$(cd "$tree" && find $sources -newer "$directory/.built" ! -name '__pycache__' \
            ! -name '*.pyc')" ]
}

copy_sources() {
    mkdir -p src
    (cd src && rm -rf $sources)
    # tar keeps the modification times, on which make relies.
    (cd "$tree" && tar -cf - --exclude='*.o' --exclude='*.a' --exclude=.deps --exclude=.dirstamp \
        --exclude=__pycache__ $sources) | tar -C src -xf -
    # Remove what a build in the tree has made of them.
    find src/conf src/man -name '*.in' | while read -r template; do rm -f "${template%.in}"; done
}

printf '%s\n' "$tree" "$@" >.wanted
if ! cmp -s .wanted .made-of; then
    # The directory was made of another tree or with other arguments: build anew.
    [ ! -f .made-of ] || find . -mindepth 1 ! -name .wanted -delete
    mv .wanted .made-of
fi
! is_current || exit 0

: >.building
copy_sources
[ -x src/configure ] || sh src/autogen.sh
[ -f Makefile ] || src/configure -q "$@"
make -s -j"$(nproc)"
mv .building .built
