"""Hundreds of hostile requests, as data. tests/hosting/ sends them to other web servers."""

from hostile import refuse_all


def test_each_is_refused_and_leaves_nothing(stack_of_module):
    assert refuse_all(stack_of_module, stack_of_module.port) == []
