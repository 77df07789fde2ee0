#!/bin/sh
# Builds wxuser out of tree: sh conf/build.sh DIRECTORY [arguments of configure]
#
# The sources are copied to DIRECTORY/src, so that the tree is left alone, be it read-only or configured in
# place. Does nothing when no source is newer than the last build; else make rebuilds what changed.
# shellcheck disable=SC2086 # lists of words
set -eu

sources='app conf db handlers tests m4 autogen.sh configure.ac Makefile.am LICENSE *.md
    .editorconfig .clang-format'

tree=$(cd "$(dirname "$0")/.." && pwd -P)
mkdir -p "$1"
directory=$(cd "$1" && pwd -P)
shift
stamp=$directory/.built

is_current() {
    cmp -s "$stamp.new" "$stamp" &&
        [ -z "$(cd "$tree" && find $sources -newer "$stamp" ! -name '__pycache__' ! -name '*.pyc')" ]
}

copy_sources() {
    mkdir -p src
    (cd src && rm -rf $sources)
    # With their modification times, on which make relies.
    (cd "$tree" && tar -cf - --exclude='*.o' --exclude='*.a' --exclude=.deps --exclude=.dirstamp \
        --exclude=__pycache__ $sources) | tar -C src -xf -
}

cd "$directory"
printf '%s\n' "$tree" "$@" >"$stamp.new"
if is_current; then
    rm "$stamp.new"
    exit 0
fi
if [ -f Makefile ] && ! cmp -s "$stamp.new" "$stamp"; then
    make -s clean
    rm Makefile
fi
copy_sources
[ -x src/configure ] || sh src/autogen.sh
[ -f Makefile ] || src/configure -q "$@"
make -s -j"$(nproc)"
mv "$stamp.new" "$stamp"
