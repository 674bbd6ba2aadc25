"""Starts the page in its own server.

Knows: Solara's server and its settings.
Does not know: what is on the page.
"""

import os
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from hivemind_abm import checks
from hivemind_abm.app.page.users_files import Files
from hivemind_abm.loading import gallery

__all__ = ["serve"]

_HOST = "127.0.0.1"
_LAST_PORT = 65535
_HTTPS = 443
_PATIENCE = 5  # seconds, for the host of the page's scripts


def serve(paths: Sequence[str] = (), port: int = 8765, open_browser: bool = True) -> None:
    """Show the page at http://localhost:PORT until interrupted; other machines can't reach it.

    Args:
        paths: Users' files with rules, bandits or learners, to be offered beside the built-ins.
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
    config = uvicorn.Config(
        "solara.server.starlette:app",
        _HOST,
        port,
        log_level="warning",
        timeout_graceful_shutdown=1,
        ws="auto",
    )
    server = uvicorn.Server(config)
    address = f"http://localhost:{port}"
    if open_browser:
        threading.Thread(target=_open, args=(server, address), daemon=True).start()
    print(f"hivemind is at {address} (Ctrl-C ends it)", flush=True)
    server.run()


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            raise ValueError(f"port {port} is taken; choose another with --port") from None


def _set_up(paths: Sequence[str]) -> None:
    """What Solara and the page read from the environment."""
    os.environ["HIVEMIND_FILES"] = os.pathsep.join(paths)
    os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "False")
    os.environ.setdefault("SOLARA_THEME_SHOW_BANNER", "False")
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
    from solara.server import settings

    if (settings.assets.proxy_cache_dir / "@widgetti").is_dir():
        return
    host = str(urlsplit(str(settings.assets.cdn)).hostname)
    try:
        socket.create_connection((host, _HTTPS), timeout=_PATIENCE).close()
    except OSError:
        raise ValueError(
            f"the page's scripts come from {host}, which is out of reach; "
            "pip install 'hivemind_abm[offline]' brings them along"
        ) from None
