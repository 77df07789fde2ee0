"""Fibers have room: no request uses more than half of its stack. conftest.py looks at all stacks at the end, too."""

import os

import pytest

from fiber_stacks import used_most


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into a worker")
def test_requests_run_on_fibers_and_leave_half_of_their_stacks(stack):
    if used_most(stack.workers()[0]) is None:
        pytest.skip("stacks cannot be told apart")
    stack.log_in()
    assert stack.get("/api/weixin/wxbuyinguser/get?id=1").status == 200
    assert 0 < stack.used_of_fibers() <= 0.5
