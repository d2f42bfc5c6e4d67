"""Who is the class's teacher: whoever opens the page on the computer itself, or has entered the terminal's PIN.

Behind a proxy on the same computer every request comes from this computer. So with `--root-path`, `--share` or on
Spaces, or when a request says that it was forwarded, nobody is local and the PIN alone counts.
"""

import hmac
import ipaddress
import secrets
import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from mnist_demo.errors import TeacherError
from mnist_demo.messages import say

COOKIE = "mnist_demo_teacher"
LASTS = 12 * 3600  # seconds that an entered PIN counts
TRIES = 5  # wrong PINs before each further one has to wait
LONGEST_WAIT = 60.0  # seconds
FORGOTTEN = 3600.0  # seconds after a wrong PIN
MOST_COUNTED = 100  # addresses that have entered wrong ones; all further ones wait together

_DIGITS = 6
_MOST_TEACHERS = 20  # devices at once
_FORWARDED = ("forwarded", "via", "x-real-ip", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")


@dataclass
class _Wrong:
    """The wrong PINs from an address."""

    times: int = 0
    last: float = 0.0

    def next_try(self) -> float:
        more = self.times - TRIES
        return self.last + min(2.0 ** (more + 1), LONGEST_WAIT) if more >= 0 else 0.0


class Rights:
    """For the one thread of the server's event loop."""

    def __init__(self, somebody_is_local: bool):
        """`somebody_is_local`: False if every request may come through a proxy."""
        self.pin = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        self._somebody_is_local = somebody_is_local
        self._tokens: dict[str, float] = {}  # of the devices that have entered the PIN -> until when they count
        self._wrong: dict[str, _Wrong] = {}  # by address, "" for those that are too many to tell apart

    def is_teacher(self, request: Request) -> bool:
        """Whether the request comes from a teacher."""
        until = self._tokens.get(request.cookies.get(COOKIE, ""))
        return (until is not None and time.monotonic() < until) or (self._somebody_is_local and _is_local(request))

    def check(self, request: Request) -> None:
        """Raise `TeacherError` unless the request comes from a teacher."""
        if not self.is_teacher(request):
            raise TeacherError(reason=say("reason.not_teacher"))

    def enter(self, request: Request, pin: object, response: Response) -> None:
        """Have the device that entered the right PIN count as a teacher's, by a cookie. Raises `TeacherError`.

        After five wrong PINs from an address each further one has to wait, twice as long each time up to a minute. With
        the hundred addresses that are counted by themselves that is 6,000 an hour, of a million PINs; from one address
        it would take two years.
        """
        now = time.monotonic()
        self._wrong = {address: wrong for address, wrong in self._wrong.items() if now < wrong.last + FORGOTTEN}
        address = address_of(request)
        if address not in self._wrong and len(self._wrong) >= MOST_COUNTED:
            address = ""
        wrong = self._wrong.setdefault(address, _Wrong())
        wait = wrong.next_try() - now
        if wait > 0:
            raise TeacherError(reason=say("reason.pin_wait", seconds=int(wait) + 1))
        given = pin.strip() if isinstance(pin, str) else ""
        if not hmac.compare_digest(given.encode(), self.pin.encode()):
            wrong.times, wrong.last = wrong.times + 1, now
            raise TeacherError(reason=say("reason.pin_wrong"))
        del self._wrong[address]
        while len(self._tokens) >= _MOST_TEACHERS:
            del self._tokens[next(iter(self._tokens))]
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.monotonic() + LASTS
        path = request.scope.get("root_path") or "/"
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, token, LASTS, path=path, httponly=True, samesite="strict", secure=secure)


def address_of(request: Request) -> str:
    """Where a request comes from, as far as one device can't choose it: of an IPv6 address the network, which gives
    each device as many addresses as it likes. Behind a proxy on this computer the one that it tells; "" if unknown."""
    address = _address(request.client.host if request.client else "")
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address or "")


def _is_local(request: Request) -> bool:
    """Whether the page was opened on the computer that the program runs on, as far as the connection tells."""
    if any(name in request.headers for name in _FORWARDED) or request.scope.get("http_version") == "1.0":
        return False  # no browser speaks 1.0 any more; proxies do
    client = _address(request.client.host if request.client else "")
    server = _address((request.scope.get("server") or ("",))[0])
    if client is None or not (client.is_loopback or client == server):
        return False
    # another site's name, turned to this computer's address, lends a script no rights, nor does a tunnel's
    name = request.url.hostname or ""
    asked = _address(name)
    return name == "localhost" or (asked is not None and (asked.is_loopback or asked.is_unspecified or asked == server))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
