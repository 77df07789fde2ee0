"""A release: its bill of materials, and that whoever makes it, wherever and whenever, gets the same bytes."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

import pytest

from host import VISITOR
from stack import TREE

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
# Not a developer's: another user, where there is one, in another place, zone and locale, four hundred days later.
ELSEWHERE = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+400d", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8",
             "LANGUAGE": "zh_CN", "HOME": "/nonexistent", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
OPTIONS = {"DEB_BUILD_OPTIONS": f"nocheck parallel={os.cpu_count()}"}
# What autogen.sh makes.
MADE = "configure Makefile.in aclocal.m4 config.h.in build-aux"
LIBRARIES = {"fcgi": "libfcgi.so", "jansson": "libjansson.so", "libmariadb": "libmariadb.so", "libcurl": "libcurl.so",
             "libcrypto": "libcrypto.so", "libxml-2.0": "libxml2.so", "inih": "libinih.so", "libc": "libc.so"}
# Of the C library and of the compiler.
RUNTIME = re.compile(r"(lib(m|rt|pthread|dl|asan|ubsan|gcc_s)\.so|ld-linux)")
# https://spdx.github.io/spdx-spec/v2.3: what each must have, and may have beside it.
DOCUMENT = ({"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo"},
            {"packages", "files", "relationships"})
PACKAGE = ({"SPDXID", "name", "downloadLocation", "filesAnalyzed", "licenseConcluded", "licenseDeclared", "copyrightText"},
           {"versionInfo", "packageFileName", "supplier", "homepage", "checksums", "packageVerificationCode",
            "primaryPackagePurpose", "externalRefs"})
FILE = ({"SPDXID", "fileName", "checksums", "licenseConcluded", "copyrightText"}, set())
RELATIONSHIP = ({"spdxElementId", "relationshipType", "relatedSpdxElement"}, set())
LICENCES = {"MIT", "OML", "LGPL-2.1-or-later", "curl", "Apache-2.0", "OpenSSL", "BSD-3-Clause"}

needs_faketime = pytest.mark.skipif(FAKETIME is None, reason="libfaketime is missing")
needs_debhelper = pytest.mark.skipif(not all(map(shutil.which, ("dh", "debconf-updatepo"))), reason="debhelper is missing")


def run(script, directory, **more):
    done = subprocess.run(["sh", "-ec", script], cwd=directory, capture_output=True, text=True, timeout=3600, **more)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def run_elsewhere(script, directory):
    user = {"user": VISITOR, "group": VISITOR, "extra_groups": []} if os.getuid() == 0 else {}
    run(script, directory, env={**ELSEWHERE, **OPTIONS}, umask=0o077, **user)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A directory with a tarball and its bill of materials."""
    directory = tmp_path_factory.mktemp("release")
    run("make -s sbom", BUILD)
    for made in "wxuser-*.tar.xz", "wxuser-*.spdx.json":
        [path] = BUILD.glob(made)
        path.rename(directory / path.name)
    return directory


@pytest.fixture(scope="module")
def elsewhere(release):
    """A directory in which the release was unpacked and made again, with what autogen.sh makes."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="elsewhere-", dir=os.environ.get("WXUSER_TEST_DIRECTORY")))
    directory.chmod(0o755)
    with tarfile.open(tarball(release)) as opened:
        opened.extractall(directory)
    [source] = directory.iterdir()
    for path in (directory, *directory.rglob("*")):
        shutil.chown(path, VISITOR)
    run_elsewhere(f"rm -r {MADE}; sh autogen.sh; ./configure -q; make -s sbom", source)
    yield source
    shutil.rmtree(directory)


def tarball(directory):
    [found] = directory.glob("wxuser-*.tar.xz")
    return found


@pytest.fixture(scope="module")
def bill(release):
    [found] = release.glob("*.spdx.json")
    return json.loads(found.read_text())


def elements(bill):
    return [bill, *bill["packages"], *bill["files"]]


def digests(data):
    return [{"algorithm": name, "checksumValue": hashlib.new(name.lower(), data).hexdigest()} for name in ("SHA1", "SHA256")]


# ---- The bill of materials.

def test_each_element_has_what_spdx_asks_for(bill):
    assert (bill["spdxVersion"], bill["dataLicense"], bill["SPDXID"]) == ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT")
    assert re.fullmatch(r"https://[^#\s]+", bill["documentNamespace"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bill["creationInfo"]["created"])
    for creator in bill["creationInfo"]["creators"]:
        assert re.match(r"(Organization|Person|Tool): \S", creator)
    for (needed, allowed), found in ((DOCUMENT, [bill]), (PACKAGE, bill["packages"]), (FILE, bill["files"]),
                                     (RELATIONSHIP, bill["relationships"])):
        for one in found:
            assert needed <= one.keys() <= needed | allowed, one
    for one in bill["packages"]:
        assert one["filesAnalyzed"] == ("packageVerificationCode" in one), one
        assert {one["licenseConcluded"], one["licenseDeclared"]} <= LICENCES | {"NOASSERTION"}, one
        assert one["licenseDeclared"] in LICENCES


def test_each_id_is_there_once_and_related(bill):
    ids = [one["SPDXID"] for one in elements(bill)]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", id) for id in ids)
    related = {(one["spdxElementId"], one["relationshipType"], one["relatedSpdxElement"]) for one in bill["relationships"]}
    assert len(related) == len(bill["relationships"])
    assert {how for _, how, _ in related} == {"DESCRIBES", "CONTAINS", "DEPENDS_ON"}
    assert {id for whose, _, whom in related for id in (whose, whom)} == set(ids)
    assert [whom for whose, how, whom in related if how == "DESCRIBES"] == [bill["packages"][0]["SPDXID"]]


def test_its_checksums_are_those_of_the_tarball(bill, release):
    program, *_ = bill["packages"]
    assert program["packageFileName"] == tarball(release).name
    assert program["checksums"] == digests(tarball(release).read_bytes())
    with tarfile.open(tarball(release)) as opened:
        read = {f"./{member.name.split('/', 1)[1]}": opened.extractfile(member).read()
                for member in opened if member.isfile()}
    told = {one["fileName"]: one for one in bill["files"]}
    assert {path for path in read if re.match(r"\./(clients/\w+|console|www)/", path) and "local.mk" not in path} == set(told)
    for path, one in told.items():
        assert one["checksums"] == digests(read[path]), path
    files = {one["SPDXID"]: one for one in bill["files"]}
    for package in bill["packages"]:
        held = [files[one["relatedSpdxElement"]]["checksums"][0]["checksumValue"] for one in bill["relationships"]
                if one["spdxElementId"] == package["SPDXID"] and one["relatedSpdxElement"] in files]
        code = package.get("packageVerificationCode", {}).get("packageVerificationCodeValue")
        assert code == (hashlib.sha1("".join(sorted(held)).encode()).hexdigest() if held else None), package["name"]


def test_it_names_the_libraries_that_the_programs_load(bill):
    needed = set()
    for program in "wxuser.fcgi", "wxuserctl":
        shown = subprocess.run(["readelf", "-d", BUILD / program], capture_output=True, text=True, check=True).stdout
        needed |= set(re.findall(r"\(NEEDED\).*\[(.*)\]", shown))
    told = {one["name"]: one.get("versionInfo") for one in bill["packages"] if one.get("primaryPackagePurpose") == "LIBRARY"}
    assert {name for name in told if any(file.startswith(LIBRARIES[name]) for file in needed)} == set(LIBRARIES)
    assert [file for file in needed if not file.startswith(tuple(LIBRARIES.values())) and not RUNTIME.match(file)] == []
    for name, version in told.items():
        ask = ["getconf", "GNU_LIBC_VERSION"] if name == "libc" else ["pkg-config", "--modversion", name]
        assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()[-1] == version


def test_it_names_what_others_wrote_for_the_browser(bill):
    table = re.findall(r"(?m)^\| ([\w-]+) \| ([\d.]+) \| (\S+) \| (\S+) \| ([0-9a-f]{64}) \| [\d-]+ \|$",
                       pathlib.Path(TREE, "console/vendor/README.md").read_text())
    told = {one["name"]: one for one in bill["packages"]}
    files = {one["SPDXID"]: one for one in bill["files"]}
    for name, version, licence, source, digest in table:
        one = told[name]
        assert (one["versionInfo"], one["licenseDeclared"], one["downloadLocation"]) == (version, licence, source)
        assert one["checksums"] == [{"algorithm": "SHA256", "checksumValue": digest}]
        assert one["externalRefs"][0]["referenceLocator"] == f"pkg:npm/{name}@{version}"
        held = [files[related["relatedSpdxElement"]] for related in bill["relationships"]
                if related["spdxElementId"] == one["SPDXID"]]
        assert {file["fileName"] for file in held} == {
            f"./{path.relative_to(TREE)}" for path in pathlib.Path(TREE, "console/vendor", name).iterdir()}
        assert {file["copyrightText"] for file in held} == {one["copyrightText"]} != {"Copyright"}
        assert "wxuser" not in one["copyrightText"]
    assert {path.name for path in pathlib.Path(TREE, "console/vendor").iterdir() if path.is_dir()} == {row[0] for row in table}


# ---- The same bytes.

@needs_faketime
def test_the_tarball_is_the_same_wherever_it_is_made(release, elsewhere):
    for path in release.iterdir():
        assert (elsewhere / path.name).read_bytes() == path.read_bytes(), path.name
    with tarfile.open(tarball(release)) as opened:
        members = opened.getmembers()
    assert {(member.uid, member.gid, member.uname, member.gname, member.mode & 0o7022) for member in members} == {
        (0, 0, "", "", 0)}
    assert len({member.mtime for member in members}) == 1


@needs_faketime
@needs_debhelper
def test_the_package_is_the_same_wherever_it_is_built(elsewhere):
    run("make -s deb", BUILD, env={**os.environ, **OPTIONS})
    run_elsewhere("make -s deb", elsewhere)
    # These two tell of the machine.
    built = [path for path in (BUILD / "deb").iterdir() if path.suffix not in (".buildinfo", ".changes")]
    assert {path.suffix for path in built} == {".deb", ".dsc", ".xz"}
    for path in built:
        assert (elsewhere / "deb" / path.name).read_bytes() == path.read_bytes(), path.name
