"""The rates of [rates] hold for a machine, whoever starts the processes of the program."""

import concurrent.futures
import time

import pytest

from host import Host, apache_fcgid, fcgi_program, shared_hosting, spawn_fcgi, systemd_sockets

N_LOGINS, BURST, PER_S = 120, 5, 1


@pytest.mark.parametrize("way", [systemd_sockets, spawn_fcgi, fcgi_program, apache_fcgid, shared_hosting],
                         ids=lambda way: way.__name__)
def test_one_burst_of_logins(stack, way):
    with Host(stack, way.__name__, limited=True) as host:
        way(host)
        site = host.site()
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            codes = [answer.json["code"] for answer in pool.map(lambda _: site.login("x"), range(N_LOGINS))]
        n_let_through = len(codes) - codes.count(429)
        n_seconds = time.monotonic() - began
        print(f"{way.__name__}: {n_let_through} of {N_LOGINS} in {n_seconds:.1f} s")
        assert BURST <= n_let_through <= BURST + PER_S * n_seconds
