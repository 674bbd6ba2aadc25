"""The server of the page: what it refuses before it starts, and whom it talks to."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from hivemind_abm.app.cli.main import main
from hivemind_abm.app.page import serving
from hivemind_abm.app.page.serving import paths_in_environment, serve
from hivemind_abm.app.page.sessions.users_files import Files

START = "from hivemind_abm.app.cli.main import main; raise SystemExit(main())"
RULE = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class One(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Other(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion
"""


def test_a_port_that_is_taken_or_impossible_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ValueError, match="is taken; choose another with --port"):
            serve(port=taken.getsockname()[1])
    with pytest.raises(ValueError, match="--port must be a whole number from 1 to 65535"):
        serve(port=70000)


def test_scripts_that_are_neither_installed_nor_in_reach_are_told(tmp_path, monkeypatch):
    """As in an installation without the extra `offline`, on a machine without a network."""
    import solara.settings
    from solara.server import settings

    with socket.socket() as unused, socket.socket() as free:
        for each in (unused, free):
            each.bind(("127.0.0.1", 0))
        port, page_port = unused.getsockname()[1], free.getsockname()[1]
    monkeypatch.setattr(settings.assets, "proxy_cache_dir", tmp_path)
    monkeypatch.setattr(solara.settings.assets, "cdn", "http://127.0.0.1/npm/")
    monkeypatch.setattr(serving, "_HTTPS", port)
    with pytest.raises(
        ValueError, match=r"come from 127.0.0.1, which .* 'hivemind_abm\[offline\]'"
    ):
        serve(port=page_port, open_browser=False)


def test_a_file_with_nothing_to_show_is_refused(tmp_path, capsys):
    empty = tmp_path / "empty.py"
    empty.write_text("x = 1\n")
    assert main(["app", str(empty), "--no-open"]) == 2
    assert "has no rule, bandit or learner to show" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", []),
        ("my_rule.py", ["my_rule.py"]),
        (os.pathsep.join(["a.py", "b.py"]), ["a.py", "b.py"]),
        ("a.py:One", ["a.py:One"]),
        (os.pathsep.join(["a.py:One", "b.py", "c.py:Two"]), ["a.py:One", "b.py", "c.py:Two"]),
        ('["a.py:One", "with:colon.py"]', ["a.py:One", "with:colon.py"]),
        ("[old] rule.py", ["[old] rule.py"]),
    ],
)
def test_files_in_the_environment(text, paths, monkeypatch):
    monkeypatch.setenv("HIVEMIND_FILES", text)
    assert paths_in_environment() == paths


class Server:
    """A running `hivemind app` for a rule that is named as FILE.py:ClassName."""

    def __init__(self, folder):
        (folder / "rule.py").write_text(RULE)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-c", START]
            + ["app", "rule.py:One", "--no-open", "--port", str(self.port)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                assert self.process.poll() is None, self.process.stdout.read()
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def request(self, path="/", method="GET", headers=()):
        """The response to a request that has exactly these headers; Host is the page's own."""
        headers = dict(headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path, skip_host=True)
        for name, value in ({"Host": f"localhost:{self.port}"} | headers).items():
            if value is not None:
                connection.putheader(name, value.format(port=self.port, other=self.port + 1))
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        response = connection.getresponse()
        response.text = response.read().decode()
        connection.close()
        return response

    def websocket(self, host="localhost:{port}", origin="http://localhost:{port}"):
        """Open the page's websocket, or raise InvalidStatus."""
        host = host.format(port=self.port)
        origin = origin and origin.format(port=self.port, other=self.port + 1)
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain:
            address = f"ws://{host}/jupyter/api/kernels/0123/channels?session_id=4567"
            with connect(address, sock=plain, origin=origin, open_timeout=60) as connection:
                return connection.state.name


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("served"))
    yield server
    server.process.terminate()
    server.process.wait(120)


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "LOCALHOST:{port}"])
@pytest.mark.parametrize("origin", [None, "http://localhost:{port}", "http://127.0.0.1:{port}"])
def test_the_page_itself_is_answered(host, origin, server):
    response = server.request(headers={"Host": host, "Origin": origin})
    assert response.status == 200
    assert "solara" in response.text
    assert response.getheader("X-Frame-Options") == "DENY"
    assert response.getheader("Content-Security-Policy") == "frame-ancestors 'none'"
    if origin is not None:
        assert server.websocket(host.lower(), origin) == "OPEN"


FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "localhost",
    "localhost:{other}",
    "localhost.evil.example:{port}",
    "0.0.0.0:{port}",
    "[::1]:{port}",
    "user@localhost:{port}",
    "",
]
FOREIGN_ORIGINS = [
    "null",
    "",
    "http://evil.example",
    "http://evil.example:{port}",
    "http://localhost",
    "http://localhost:{other}",
    "https://localhost:{port}",
    "http://localhost:{port}.evil.example",
    "http://localhost:{port}/",
    "http://localhost:{port}, http://evil.example",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_another_host_is_refused(host, server):
    response = server.request(headers={"Host": host})
    assert response.status == 403
    assert "solara" not in response.text
    assert response.getheader("X-Frame-Options") == "DENY"


@pytest.mark.parametrize("host", FOREIGN_HOSTS[:4])
def test_a_websocket_under_another_host_is_refused(host, server):
    with pytest.raises(InvalidStatus) as refused:
        server.websocket(host.replace("{other}", "1234"), "http://localhost:{port}")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_another_origin_is_refused(origin, server):
    for path, method in (("/", "GET"), ("/_solara/api/close/0123?session_id=4", "POST")):
        assert server.request(path, method, {"Origin": origin}).status == 403
    with pytest.raises(InvalidStatus) as refused:
        server.websocket(origin=origin)
    assert refused.value.response.status_code == 403


def test_a_websocket_without_an_origin_is_refused(server):
    with pytest.raises(InvalidStatus) as refused:
        server.websocket(origin=None)
    assert refused.value.response.status_code == 403


def test_two_hosts_and_no_host_are_refused(server):
    for hosts in ("", "Host: localhost:{port}\r\nHost: evil.example\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as plain:
            plain.sendall(f"GET / HTTP/1.0\r\n{hosts.format(port=server.port)}\r\n".encode())
            answer = plain.makefile("rb").readline().decode()
        assert re.match(r"HTTP/1\.[01] 40[03]", answer), answer


@pytest.mark.parametrize(
    "path",
    [
        "/resourcez",
        "/resourcez/",
        "/resourcez?verbose",
        "/%72esourcez",
        "/readyz",
        "/static/",
        "/static",
        "/static/public/",
        "/static/assets/",
        "/jupyter/nbextensions/",
        "/_solara/cdn/",
        "/static/../",
        "/static/public/../../rule.py",
        "/static/public/%2e%2e/%2e%2e/rule.py",
    ],
)
def test_nothing_is_listed(path, server):
    response = server.request(path)
    if response.status == 200:  # any other address shows the page
        assert "solara-props" in response.text or "Solara" in response.text
        assert "class One" not in response.text
        with pytest.raises(json.JSONDecodeError):
            json.loads(response.text)
    else:
        assert response.status in (301, 302, 307, 401, 403, 404, 405), response.text
    assert "Directory listing" not in response.text


def test_a_file_with_a_class_reaches_the_page(tmp_path, monkeypatch):
    (tmp_path / "rule.py").write_text(RULE)
    for text in (json.dumps([f"{tmp_path / 'rule.py'}:Other"]), f"{tmp_path / 'rule.py'}:Other"):
        monkeypatch.setenv("HIVEMIND_FILES", text)
        files = Files.of(paths_in_environment())
        assert [rule.rpartition(":")[2] for rule in files.rules] == ["Other"]
