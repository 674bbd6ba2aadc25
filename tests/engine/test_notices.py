"""A warning is given once, and not before it can be seen."""

import warnings

import pytest

from hivemind_abm.engine.notices import warn_once


def caught(message, action="always"):
    with warnings.catch_warnings(record=True) as log:
        warnings.simplefilter(action)
        warn_once(message, stacklevel=1)
    return [str(warning.message) for warning in log]


def test_once():
    assert caught("heard once") == ["heard once"]
    assert caught("heard once") == []


def test_what_was_ignored_is_given_later():
    assert caught("ignored at first", "ignore") == []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="ignored at")
        warn_once("ignored at first", stacklevel=1)
    assert caught("ignored at first") == ["ignored at first"]


def test_it_names_the_callers_line():
    with pytest.warns(RuntimeWarning, match="whose line") as log:
        warn_once("whose line", stacklevel=1)
    assert log[0].filename == __file__
