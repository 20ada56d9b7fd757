"""The service's server."""

from __future__ import annotations

import socket
from collections.abc import Callable

from starlette.applications import Starlette

from isotopes.errors import IsotopesError

QUEUE = 1024  # connections that wait to be accepted


def run(service: Starlette, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM; finish the requests that came in.

    Args:
        port: 0 for any free one.
        ready: called with the address.

    Raises:
        IsotopesError: the address can't be used.
    """
    import uvicorn

    from isotopes.sites.patience import LimitedPatience

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise IsotopesError(
                f"{host}:{port} can't be used: {error.strerror or error}"
            ) from error
        listening.listen(QUEUE)
        ready(f"http://{host}:{listening.getsockname()[1]}")
        config = uvicorn.Config(
            service,
            http=LimitedPatience,
            log_level="warning",
            access_log=False,
            server_header=False,
            backlog=QUEUE,
        )
        uvicorn.Server(config).run(sockets=[listening])
