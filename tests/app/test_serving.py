"""The server of the page: what it refuses before it starts."""

import socket

import pytest

from hivemind_abm.app.cli.main import main
from hivemind_abm.app.page.serving import serve


def test_a_port_that_is_taken_or_impossible_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ValueError, match="is taken; choose another with --port"):
            serve(port=taken.getsockname()[1])
    with pytest.raises(ValueError, match="--port must be a whole number from 1 to 65535"):
        serve(port=70000)


def test_a_file_with_nothing_to_show_is_refused(tmp_path, capsys):
    empty = tmp_path / "empty.py"
    empty.write_text("x = 1\n")
    assert main(["app", str(empty), "--no-open"]) == 2
    assert "has no rule, bandit or learner to show" in capsys.readouterr().err
