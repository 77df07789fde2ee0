#!/bin/sh
# Builds wxuser out of tree: sh conf/build.sh DIRECTORY [arguments of configure]
#
# The sources are copied to DIRECTORY/src, so that the tree is left alone, be it read-only or configured in
# place. Does nothing when no source is newer than the last build; else make rebuilds what changed.
# shellcheck disable=SC2086 # lists of words
set -eu

sources='app conf db docs handlers m4 man tests www autogen.sh configure.ac Makefile.am LICENSE
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
    # With their modification times, on which make relies.
    (cd "$tree" && tar -cf - --exclude='*.o' --exclude='*.a' --exclude=.deps --exclude=.dirstamp \
        --exclude=__pycache__ $sources) | tar -C src -xf -
    # What a build in the tree has made of them.
    find src/conf src/man -name '*.in' | while read -r template; do rm -f "${template%.in}"; done
}

printf '%s\n' "$tree" "$@" >.wanted
if ! cmp -s .wanted .made-of; then
    # A directory of ours, made of something else: anew.
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
