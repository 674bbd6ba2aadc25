"""Starts the page in a server of its own.

Knows: Solara's server and its settings.  Does not know: what is on the page.
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

from hivemind_abm.app.page.session import Files
from hivemind_abm.loading import gallery

__all__ = ["serve"]


def serve(paths: Sequence[str] = (), port: int = 8765, open_browser: bool = True) -> None:
    """Show the page at http://localhost:PORT until interrupted; other machines can't reach it.

    Args:
        paths: Users' files with rules, bandits or learners, to be offered beside the built-ins.
        port: 1 to 65535.
        open_browser: Open a browser there.

    Raises:
        ValueError: A file that holds nothing to show, a port that is taken, or scripts of the page that are out of reach.
    """
    Files.of(paths)  # says now what is wrong with them
    if not 1 <= port <= 65535:
        raise ValueError(f"--port must be 1 to 65535, not {port}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise ValueError(f"port {port} is taken; choose another with --port") from None
    os.environ["HIVEMIND_FILES"] = os.pathsep.join(paths)
    os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "False")
    os.environ.setdefault("SOLARA_THEME_SHOW_BANNER", "False")
    os.environ["SOLARA_APP"] = str(gallery("visualizations") / "app.py")
    warnings.filterwarnings(
        "ignore", "Cookies with samesite=none"
    )  # https is not for a page on this machine only
    import uvicorn  # here, because Solara reads its settings from the environment when it is imported

    _check_scripts()
    config = uvicorn.Config(
        "solara.server.starlette:app",
        "127.0.0.1",
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


def _open(server: Any, address: str) -> None:
    while not server.started:
        time.sleep(0.1)
    webbrowser.open(address)


def _check_scripts() -> None:
    from solara.server import settings

    if (settings.assets.proxy_cache_dir / "@widgetti").is_dir():
        return
    host = str(urlsplit(str(settings.assets.cdn)).hostname)
    try:
        socket.create_connection((host, 443), timeout=5).close()
    except OSError:
        raise ValueError(
            f"the page's scripts come from {host}, which is out of reach; pip install 'hivemind_abm[offline]' brings them along"
        ) from None
