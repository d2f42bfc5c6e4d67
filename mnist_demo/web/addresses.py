"""Where others reach the page: the computer's own address in the room's network, and as a QR code."""

import io
import socket
from urllib.parse import urlsplit

import segno

_ELSEWHERE = ("192.0.2.1", 9)  # an address kept for documentation (RFC 5737); nothing is sent there


def for_others(url: str, host: str | None) -> str:
    """The address of the page as other devices in the room reach it.

    `url`: as this computer reaches it. `host`: where it listens; 0.0.0.0 or :: is no address to go to.
    """
    if (host or "").strip("[]") not in ("0.0.0.0", "::"):
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{_own_address()}:{parts.port}{parts.path}"


def _own_address() -> str:
    """The address with which this computer would speak to others; its name if it is in no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(_ELSEWHERE)
            return str(asked.getsockname()[0])
        except OSError:
            return socket.gethostname()


def svg(url: str) -> str:
    """A QR code of the address, black on white in any theme, as an <svg> that fills its place."""
    return str(segno.make(url, micro=False).svg_inline(scale=1, border=4, dark="#000", light="#fff", omitsize=True))


def terminal(url: str) -> str:
    """The same in letters."""
    text = io.StringIO()
    segno.make(url, micro=False).terminal(text, border=2, compact=True)
    return text.getvalue().rstrip("\n")
