"""Starts the page in its own server, which talks to no other site's pages.

Knows: Solara's server and its settings, and which requests come from the page.
Does not know: what is on the page.
"""

import json
import os
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from hivemind_abm import checks
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.loading import gallery

__all__ = ["OnlyThePage", "paths_in_environment", "serve"]

_VARIABLE = "HIVEMIND_FILES"
_HOST = "127.0.0.1"
_LAST_PORT = 65535
_HTTPS = 443
_PATIENCE = 5  # seconds, for the host of the page's scripts
_HTTP = 80  # the port that an address need not name
_NAMES = ("localhost", _HOST)  # of this machine, as the page's address may have them
_INSIDE = ("/readyz", "/resourcez")  # what Solara tells of its server and of other pages
_POLICY_VIOLATION = 1008  # code that closes a websocket
_NOT_IN_A_FRAME = [
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
]


def serve(paths: Sequence[str] = (), port: int = 8765, open_browser: bool = True) -> None:
    """Show the page at http://localhost:PORT until interrupted; other machines can't reach it.

    Args:
        paths: Users' files with rules, bandits, learners or games; see `Files`.
        port: 1 to 65535.
        open_browser: Open a browser there.

    Raises:
        ValueError: A file holds nothing to show, the port is taken, or the page's scripts are out
            of reach.
    """
    Files.of(paths)  # shows what is wrong with them before the server starts
    checks.whole_number("--port", port, 1, _LAST_PORT)
    _check_port(port)
    _set_up(paths)
    import uvicorn  # here, because Solara reads its settings from the environment on import

    _check_scripts()
    from solara.server.starlette import app

    config = uvicorn.Config(
        OnlyThePage(app, port),
        _HOST,
        port,
        log_level="warning",
        timeout_graceful_shutdown=5,
        ws="auto",
    )
    server = uvicorn.Server(config)
    address = f"http://localhost:{port}"
    if open_browser:
        threading.Thread(target=_open, args=(server, address), daemon=True).start()
    print(f"hivemind is at {address} (Ctrl-C ends it)", flush=True)
    server.run()


class OnlyThePage:
    """An ASGI application that refuses what does not come from the page itself.

    Any site that is open in the same browser can send requests to this machine, also under a name
    of its own (DNS rebinding).  The browser says in Host under which name, and in Origin for which
    site.

    Args:
        app: The application of the page.
        port: The port of the page's address.
    """

    def __init__(self, app: Any, port: int) -> None:
        """Wrap the application."""
        self._app = app
        ports = [f":{port}", ""] if port == _HTTP else [f":{port}"]
        self._hosts = {f"{name}{port}".encode() for name in _NAMES for port in ports}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or open a websocket."""
        if scope["type"] not in ("http", "websocket"):  # start and end of the server
            await self._app(scope, receive, send)
        elif not self._is_allowed(scope):
            await _refuse(scope, send)
        else:
            await self._app(scope, receive, _without_frames(send))

    def _is_allowed(self, scope: Any) -> bool:
        hosts = _values(scope["headers"], b"host")
        origins = _values(scope["headers"], b"origin")
        if len(hosts) != 1 or not self._hosts.issuperset(hosts):
            return False
        if scope["type"] == "websocket" and not origins:  # each browser names it
            return False
        return self._origins.issuperset(origins) and scope["path"].rstrip("/") not in _INSIDE


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value.strip().lower() for key, value in headers if key.lower() == name]


def _without_frames(send: Any) -> Any:
    """As `send`, with headers that keep the page out of other sites' frames."""

    async def send_with_headers(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_NOT_IN_A_FRAME]}
        await send(message)

    return send_with_headers


async def _refuse(scope: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return
    headers = [(b"content-type", b"text/plain"), *_NOT_IN_A_FRAME]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": b"only the page itself may ask this\n"})


def paths_in_environment() -> list[str]:
    """The users' files that HIVEMIND_FILES names.

    It is a list in JSON, or paths with the separator of PATH between them.  Where that is a colon,
    the name of a class after FILE.py: is no path.
    """
    text = os.environ.get(_VARIABLE, "")
    if text.startswith("["):
        with suppress(ValueError):  # the name of a file may begin so too
            return [str(path) for path in json.loads(text)]
    paths: list[str] = []
    for path in filter(None, text.split(os.pathsep)):
        if os.pathsep == ":" and paths and paths[-1].endswith(".py") and path.isidentifier():
            paths[-1] += f":{path}"
        else:
            paths.append(path)
    return paths


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            raise ValueError(f"port {port} is taken; choose another with --port") from None


def _set_up(paths: Sequence[str]) -> None:
    """What Solara and the page read from the environment."""
    os.environ[_VARIABLE] = json.dumps(list(paths))
    os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "False")
    os.environ.setdefault("SOLARA_THEME_SHOW_BANNER", "False")
    os.environ.setdefault("REACTON_FAST", "1")  # a step renders only what it changes
    os.environ["SOLARA_APP"] = str(gallery("visualizations") / "app.py")
    # The page is on this machine only, so https is of no use.
    warnings.filterwarnings("ignore", "Cookies with samesite=none")


def _open(server: Any, address: str) -> None:
    while not server.started:
        time.sleep(0.1)
    webbrowser.open(address)


def _check_scripts() -> None:
    """Check that the page's scripts are installed or can be fetched.

    Raises:
        ValueError: Neither.
    """
    import solara.settings
    from solara.server import settings

    if (settings.assets.proxy_cache_dir / "@widgetti").is_dir():
        return
    host = str(urlsplit(str(solara.settings.assets.cdn)).hostname)
    try:
        socket.create_connection((host, _HTTPS), timeout=_PATIENCE).close()
    except OSError:
        raise ValueError(
            f"the page's scripts come from {host}, which is out of reach; "
            "pip install 'hivemind_abm[offline]' brings them along"
        ) from None
