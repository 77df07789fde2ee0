#!/bin/sh
# Writes the bill of materials of a release, in SPDX 2.3: sh conf/sbom.sh TARBALL VERSION EPOCH LIBRARY=VERSION…
#
# In it are the tarball, what the release hands to others or serves itself (each directory of clients/, console/ with the
# libraries in it, and www/) with its files, and the libraries as pkg-config names them. It has no time but EPOCH and no
# random number: who makes it again gets the same bytes.
set -eu
export LC_ALL=C

tarball=$1
version=$2
epoch=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xf "$tarball" -C "$work"
root=$work/$(basename "$tarball" .tar.xz)
copyright=$(sed -n '/^Copyright/ { p; q; }' "$root/LICENSE")

# of_library NAME: its licence and its home page.
of_library() {
    case $1 in
    fcgi) echo OML https://github.com/FastCGI-Archives/fcgi2 ;;
    jansson) echo MIT https://github.com/akheron/jansson ;;
    libmariadb) echo LGPL-2.1-or-later https://github.com/mariadb-corporation/mariadb-connector-c ;;
    libcurl) echo curl https://curl.se ;;
    libcrypto) echo "$openssl_licence" https://www.openssl.org ;;
    libxml-2.0) echo MIT https://gitlab.gnome.org/GNOME/libxml2 ;;
    inih) echo BSD-3-Clause https://github.com/benhoyt/inih ;;
    libc) echo LGPL-2.1-or-later https://www.gnu.org/software/libc/ ;;
    *)
        echo "sbom: whose licence has $1? Name it in $0" >&2
        return 1
        ;;
    esac
}

sum() {
    "$1" "$2" | cut -d ' ' -f 1
}

# id KIND NAME: what SPDX takes in an id are letters, digits, "." and "-".
id() {
    printf 'SPDXRef-%s-%s' "$1" "$(printf %s "$2" | tr / . | tr -c 'A-Za-z0-9.-' -)"
}

# checksums FILE
checksums() {
    printf '"checksums": [{"algorithm": "SHA1", "checksumValue": "%s"}, ' "$(sum sha1sum "$1")"
    printf '{"algorithm": "SHA256", "checksumValue": "%s"}]' "$(sum sha256sum "$1")"
}

# list NAME: standard input, an object on each line, as a member of the document.
list() {
    printf ',\n"%s": [\n' "$1"
    sed '$!s/$/,/'
    printf ']'
}

# ---- The parts: directories of the release.

parts() {
    (cd "$root" && find clients console/vendor -mindepth 1 -maxdepth 1 -type d && echo console && echo www) | sort
}

# files PART: without those of the parts in it.
files() {
    (cd "$root" && find "$1" -type f ! -name local.mk ! -path 'console/vendor/*/*' &&
        case $1 in console/vendor/*) find "$1" -type f ;; esac) | sort
}

# of_vendored PART COLUMN: from the table of what others wrote; nothing if the part is ours.
of_vendored() {
    case $1 in
    console/vendor/*)
        awk -F ' *[|] *' -v name="${1##*/}" -v column="$2" '$2 == name { print $column }' \
            "$root/console/vendor/README.md"
        ;;
    esac
}

# name PART: a library has its own.
name() {
    case $1 in
    console/vendor/*) echo "${1##*/}" ;;
    *) echo "wxuser/$1" ;;
    esac
}

# version PART
version() {
    of_vendored "$1" 3 | grep . || echo "$version"
}

# licence PART: as its package.json, composer.json or the table says, else the release's.
licence() {
    { cat "$root/$1/package.json" "$root/$1/composer.json" 2>/dev/null | sed -n 's/^ *"license": "\(.*\)",*$/\1/p' &&
        of_vendored "$1" 4; } | grep . || echo MIT
}

# copyright PART: the first such line of its own licence, else the release's.
copyright() {
    sed -n '/^ *Copyright [(0-9]/ { s/^ *//p; q; }' "$root/$1/LICENSE" 2>/dev/null | grep . || echo "$copyright"
}

# origin PART: who supplies it and whence.
origin() {
    if source=$(of_vendored "$1" 5 | grep .); then
        printf '"supplier": "NOASSERTION", "downloadLocation": "%s", ' "$source"
        printf '"checksums": [{"algorithm": "SHA256", "checksumValue": "%s"}], ' "$(of_vendored "$1" 6)"
        printf '"externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", '
        printf '"referenceLocator": "pkg:npm/%s@%s"}], ' "$(name "$1")" "$(version "$1")"
    else
        printf '"supplier": "Organization: The wxuser authors", "downloadLocation": "NOASSERTION", '
    fi
}

# Of SPDX: the SHA-1 of the sorted SHA-1 of the files.
verification_code() {
    files "$1" | (cd "$root" && xargs sha1sum) | cut -d ' ' -f 1 | sort | tr -d '\n' | sha1sum | cut -d ' ' -f 1
}

# ---- The lists.

write_packages() {
    printf '{"SPDXID": "%s", "name": "wxuser", "versionInfo": "%s", "packageFileName": "%s", ' \
        "$(id Package wxuser)" "$version" "$(basename "$tarball")"
    printf '"supplier": "Organization: The wxuser authors", "downloadLocation": "NOASSERTION", "filesAnalyzed": false, '
    printf '%s, "licenseConcluded": "MIT", "licenseDeclared": "MIT", "copyrightText": "%s", ' \
        "$(checksums "$tarball")" "$copyright"
    printf '"primaryPackagePurpose": "APPLICATION"}\n'
    for part in $(parts); do
        printf '{"SPDXID": "%s", "name": "%s", "versionInfo": "%s", %s' "$(id Package "$part")" "$(name "$part")" \
            "$(version "$part")" "$(origin "$part")"
        printf '"filesAnalyzed": true, "packageVerificationCode": {"packageVerificationCodeValue": "%s"}, ' "$(verification_code "$part")"
        printf '"licenseConcluded": "%s", "licenseDeclared": "%s", "copyrightText": "%s"}\n' \
            "$(licence "$part")" "$(licence "$part")" "$(copyright "$part")"
    done
    for library; do
        write_library "${library%%=*}" "${library#*=}"
    done
}

# write_library NAME VERSION: the version may be "", unknown.
write_library() {
    about=$(of_library "$1")
    printf '{"SPDXID": "%s", "name": "%s", ' "$(id Package "$1")" "$1"
    [ -z "$2" ] || printf '"versionInfo": "%s", ' "$2"
    printf '"downloadLocation": "NOASSERTION", "filesAnalyzed": false, "homepage": "%s", ' "${about#* }"
    printf '"licenseConcluded": "NOASSERTION", "licenseDeclared": "%s", "copyrightText": "NOASSERTION", ' "${about%% *}"
    printf '"primaryPackagePurpose": "LIBRARY"}\n'
}

write_files() {
    for part in $(parts); do
        files "$part" | while read -r file; do
            printf '{"SPDXID": "%s", "fileName": "./%s", %s, "licenseConcluded": "%s", "copyrightText": "%s"}\n' \
                "$(id File "$file")" "$file" "$(checksums "$root/$file")" "$(licence "$part")" "$(copyright "$part")"
        done
    done
}

# relate FROM HOW TO
relate() {
    printf '{"spdxElementId": "%s", "relationshipType": "%s", "relatedSpdxElement": "%s"}\n' "$@"
}

write_relationships() {
    relate SPDXRef-DOCUMENT DESCRIBES "$(id Package wxuser)"
    for part in $(parts); do
        relate "$(id Package wxuser)" CONTAINS "$(id Package "$part")"
        files "$part" | while read -r file; do
            relate "$(id Package "$part")" CONTAINS "$(id File "$file")"
        done
    done
    for library; do
        relate "$(id Package wxuser)" DEPENDS_ON "$(id Package "${library%%=*}")"
    done
}

# OpenSSL has another licence since 3.0.
openssl_licence=Apache-2.0
case " $*" in
*' libcrypto=1.'*) openssl_licence=OpenSSL ;;
esac

write_packages "$@" >"$work/packages"
write_files >"$work/files"
write_relationships "$@" >"$work/relationships"
for name in packages files relationships; do
    list "$name" <"$work/$name" >>"$work/body"
done
# What names the document is of what it says: no two documents have one name.
cat <<END
{
"spdxVersion": "SPDX-2.3",
"dataLicense": "CC0-1.0",
"SPDXID": "SPDXRef-DOCUMENT",
"name": "wxuser-$version",
"documentNamespace": "https://spdx.org/spdxdocs/wxuser-$version-$(sum sha256sum "$work/body")",
"creationInfo": {"created": "$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)",
"creators": ["Organization: The wxuser authors", "Tool: wxuser-sbom-$version"]}$(cat "$work/body")
}
END
