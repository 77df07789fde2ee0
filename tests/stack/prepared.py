"""What the first start of a stack has made, data and secrets, with which later stacks begin."""

import os
import pathlib
import shutil
import subprocess
import tempfile

PARTS = "mariadb", "secret"
# The first start gives the service its rights, which depend on these.
FOR_THE_FIRST_START = {"CONF_admin__api"}


def make_place():
    """For this run of tests and its processes; remove_place() removes it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        place = tempfile.mkdtemp(prefix="prepared-", dir=os.environ.get("WXUSER_TEST_DIRECTORY"))
        os.environ["WXUSER_TEST_PREPARED"] = place


def remove_place():
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ.pop("WXUSER_TEST_PREPARED"))


def copy(source, target):
    subprocess.run(["cp", "-a", "--sparse=always", *(source / part for part in PARTS), target], check=True)


def prepare(stack, settings):
    """Gives a stack that has not started what there is; false when it must make its own."""
    ready = pathlib.Path(os.environ["WXUSER_TEST_PREPARED"]) / "ready"
    if not ready.exists() or settings.keys() & FOR_THE_FIRST_START:
        return False
    copy(ready, stack.state)
    return True


def keep(stack, settings):
    """What a stack has made that has just started. Of one process alone, so that none waits for another."""
    place = pathlib.Path(os.environ["WXUSER_TEST_PREPARED"])
    if settings.keys() & FOR_THE_FIRST_START:
        return
    try:
        (place / "begun").mkdir()
    except FileExistsError:
        return
    (place / "new").mkdir()
    stack.down()
    copy(stack.state, place / "new")
    (place / "new").rename(place / "ready")
    stack.up()
