"""Users' files by path: the line at which an error arose in one."""

import pytest

from hivemind_abm.loading import load_module, users_line

FILE = """
def divide(number):
    return 1 // number


def call(function):
    return function()
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(FILE)
    return file


def line_of(function, *arguments):
    with pytest.raises(Exception) as caught:  # noqa: PT011 (whatever arises)
        function(*arguments)
    return users_line(caught.value)


def test_the_line_of_an_error_in_a_users_file(file):
    assert line_of(load_module(file).divide, 0) == "mine.py, line 3"


def test_the_innermost_line_of_the_file_counts(file):
    module = load_module(file)
    assert line_of(module.call, lambda: module.divide(0)) == "mine.py, line 3"
    assert line_of(module.call, lambda: int("x")) == "mine.py, line 7"


def test_no_line_where_no_users_file_is_at_work():
    assert line_of(int, "x") is None
    assert users_line(ValueError("never raised")) is None


def test_the_line_of_a_file_that_is_no_python(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("a = 1\nb = )\n")
    assert line_of(load_module, file) == "broken.py, line 2"
    assert users_line(SyntaxError("without a file")) is None
