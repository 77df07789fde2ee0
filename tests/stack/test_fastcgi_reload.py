"""What an operator does to a service that is being used. None of it costs a request."""

import os
import re
import signal

from load import Load
from stack import wait_until


def rotate(echo, number):
    """Renames the log and tells the service; the file's new path."""
    old = echo.directory / f"log.{number}"
    os.rename(echo.path_of_log, old)
    echo.process.send_signal(signal.SIGUSR1)
    return old


# ---- USR1: the log.


def writers(log):
    """How the lines of each worker that has served say who it is."""
    return set(re.findall(r"pid=\d+ request=", log.read_text()))


def test_log_is_rotated_without_loss(start_echo):
    echo = start_echo(log_to_file=True).start_nginx()
    with Load(echo) as load:
        old = []
        for number in range(5):
            old.append(rotate(echo, number))
            wait_until(echo.path_of_log.exists, 10, "there is another")
            echo.wait_for_log("log opened anew")
            for writer in writers(old[-1]):
                echo.wait_for_log(writer)
    assert load.failures == []
    text = "".join(path.read_text() for path in old) + echo.log()
    assert all(line.startswith("ts=") for line in text.splitlines())
    assert text.count("msg=request") == load.n_answers


def test_log_that_cannot_be_opened_goes_on_in_the_old_file(start_echo):
    echo = start_echo(log_to_file=True)
    old = echo.directory / "log.1"
    os.rename(echo.path_of_log, old)
    echo.path_of_log.mkdir()
    echo.process.send_signal(signal.SIGUSR1)
    echo.wait_for_log("the old file goes on", path=old)
    assert echo.ask("GET", "/show").status == 200
    echo.wait_for_log("msg=request", path=old)
