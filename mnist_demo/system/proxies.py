"""The environment's proxies, made harmless.

httpx, which Gradio and the downloads use, refuses all work beside a setting that it can't follow: a SOCKS proxy, a
range of IPv6 addresses in NO_PROXY. And it would ask a proxy even for this computer, which no proxy reaches: Gradio
calls its own page when it starts.
"""

import contextlib
import os
from collections.abc import Iterator

import httpx

_NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def keep_usable() -> list[str]:
    """Take out of the environment what httpx can't follow -> the names of the variables that lost something."""
    found = {name: value for name, value in os.environ.items() if name.lower() in _NAMES}
    for name in found:
        del os.environ[name]
    kept = {name: _usable_part(name, value) for name, value in found.items()}
    os.environ.update({name: value for name, value in kept.items() if value})
    return sorted(name for name in found if kept[name] != found[name])


@contextlib.contextmanager
def past(*hosts: str) -> Iterator[None]:
    """Within, no proxy is asked for these hosts; "*" stands for all."""
    name = "no_proxy"  # in capitals it would not count beside one in small letters
    before = os.environ.get(name)
    others = before or os.environ.get(name.upper())
    os.environ[name] = ",".join([others, *hosts] if others else hosts)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _usable_part(name: str, value: str) -> str:
    parts = value.split(",") if name.lower() == "no_proxy" else [value]
    return ",".join(part for part in parts if _is_usable(name, part))


def _is_usable(name: str, value: str) -> bool:
    os.environ[name] = value
    try:
        httpx.Client(verify=False).close()
    except (ImportError, ValueError, httpx.InvalidURL):
        return False
    finally:
        del os.environ[name]
    return True
