"""MNIST over the network: from Keras's address or a mirror, checked, and never hanging.

Pooch does the bookkeeping (a temporary file beside the target, the SHA-256, the move into place). The bytes come
through httpx, because a server that sends one byte a second passes every time-out that counts from byte to byte: the
downloader here also watches the rate. What httpx would read for ever, answers that only announce an answer, `fetch`
ends with the connection; what even the operating system can't end, a name look-up without an answer, it leaves to a
daemon thread.
"""

import contextlib
import hashlib
import logging
import shutil
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx
import pooch

from mnist_demo.errors import DownloadError
from mnist_demo.messages import Sentence, say

log = logging.getLogger("mnist_demo")

CONNECT_SECONDS = 3.0
READ_SECONDS = 4.0
MOST_BYTES = 100_000_000

pooch.get_logger().setLevel("WARNING")  # what is being fetched is told by the service, in its own words


@dataclass(frozen=True)
class Source:
    """An address: `files` names what to fetch below `url`, with the SHA-256 each must have (None: any)."""

    url: str
    files: dict[str, str | None]

    @property
    def host(self) -> str:
        """Of the address, with its port: what a person is told of it."""
        return urlsplit(self.url).netloc


KERAS_FILE = "mnist.npz"
IDX_FILES: dict[str, str | None] = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
SOURCES = (
    Source(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        {KERAS_FILE: "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"},
    ),
    Source("https://ossci-datasets.s3.amazonaws.com/mnist/", IDX_FILES),
    Source("https://storage.googleapis.com/cvdf-datasets/mnist/", IDX_FILES),
)


def mirror(url: str) -> Source:
    """The `Source` that a person named: an .npz file, whose content is then checked, or a folder of IDX files."""
    if url.endswith(".npz"):
        folder, _, name = url.rpartition("/")
        return Source(f"{folder}/", {name: None})
    return Source(f"{url.rstrip('/')}/", IDX_FILES)


@dataclass(frozen=True)
class Patience:
    """When to give up: the rate (bytes/s) under which a transfer counts as stalled after `grace` seconds, and the
    seconds after which some transfer must be running well."""

    slowest: float
    grace: float = 4.0
    first: float = 10.0


AT_LAUNCH = Patience(slowest=250_000, first=7.0)  # the page promises a training within 15 seconds
WHEN_ASKED = Patience(slowest=5_000, grace=15.0, first=40.0)

Report = Callable[[str, int, int], None]
"""Called with the host, the bytes done and the bytes expected (0 if unknown)."""


def fetch(
    folder: Path,
    sources: Sequence[Source] = SOURCES,
    patience: Patience = AT_LAUNCH,
    report: Report = lambda host, done, total: None,
    accept: Callable[[Path], bool] = lambda path: True,
) -> Path:
    """Fetch from the first source that delivers -> the .npz file, or the folder with the IDX files, below `folder`.

    What comes and is not what `accept` looks for is removed again; it is asked in another thread. Raises
    `DownloadError` with the last reason when no source delivers, at the latest `patience.first` seconds after the start
    unless a transfer is running well by then.
    """
    transfer = _Transfer(patience, report)
    result: list[Path] = []

    def run() -> None:
        for source in sources:
            if transfer.abandoned.is_set():
                return
            try:
                path = _fetch_from(source, folder, transfer)
                if _accepted(path, accept):
                    result.append(path)
                    return
                transfer.reason = say("reason.not_mnist", host=source.host)
                log.warning("The download is left out: %s.", transfer.reason)
            except Exception as error:  # whatever a broken network does to a library, the next source is the answer
                transfer.reason = _reason(error, source)

    thread = threading.Thread(target=run, name="download", daemon=True)
    thread.start()
    deadline = time.monotonic() + patience.first
    while thread.is_alive() and (time.monotonic() < deadline or transfer.runs_well()):
        thread.join(0.1)
    reason = transfer.reason  # what comes of being abandoned is none
    transfer.abandon()
    if not result:
        raise DownloadError(reason=reason)
    return result[0]


@dataclass
class _Transfer:
    """What the downloading thread and the waiting one both see."""

    patience: Patience
    report: Report
    reason: Sentence = field(default_factory=lambda: say("reason.no_answer"))
    abandoned: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0
    received: int = 0
    sockets: list[socket.socket] = field(default_factory=list)

    def on_event(self, name: str, values: dict[str, Any]) -> None:
        """httpx tells what it does: which connections it has opened."""
        if name.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self.sockets.append(values["return_value"].get_extra_info("socket"))
            if self.abandoned.is_set():
                raise _Stalled

    def abandon(self) -> None:
        """End the transfer, whatever the other side is sending."""
        self.abandoned.set()
        for each in self.sockets:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)  # also below TLS, whose own end is left to its thread

    def runs_well(self) -> bool:
        elapsed = max(time.monotonic() - self.started, 0.1)
        return self.received > 0 and self.received / elapsed >= self.patience.slowest

    def advance(self, host: str, size: int, total: int) -> None:
        self.received += size
        if self.abandoned.is_set():
            raise _Stalled
        if time.monotonic() - self.started > self.patience.grace and not self.runs_well():
            raise _Stalled
        if self.received > MOST_BYTES:
            raise _TooLarge
        self.report(host, self.received, total)


class _Stalled(Exception):
    pass


class _TooLarge(Exception):
    pass


def _fetch_from(source: Source, folder: Path, transfer: _Transfer) -> Path:
    target = folder / hashlib.sha256(source.url.encode()).hexdigest()[:8]
    transfer.started, transfer.received = time.monotonic(), 0
    for name, digest in source.files.items():

        def stream(url: str, output_file: str, _: object) -> None:
            with Path(output_file).open("wb") as file:
                _stream(url, file, source.host, transfer)

        known = f"sha256:{digest}" if digest else None
        pooch.retrieve(source.url + name, known_hash=known, fname=name, path=target, downloader=stream)
    return target / next(iter(source.files)) if len(source.files) == 1 else target


def _stream(url: str, file: BinaryIO, host: str, transfer: _Transfer) -> None:
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    watched = {"trace": transfer.on_event}
    with (
        httpx.Client(timeout=timeout, follow_redirects=True) as client,
        client.stream("GET", url, extensions=watched) as response,
    ):
        response.raise_for_status()
        total = int(response.headers.get("content-length", 0))
        received = 0
        # iter_raw without a size hands out what has arrived, so the rate is seen even at a byte a second
        for chunk in response.iter_raw():
            file.write(chunk)
            received += len(chunk)
            transfer.advance(host, len(chunk), total)
        if total and received != total:
            raise httpx.RemoteProtocolError("incomplete")


def _reason(error: Exception, source: Source) -> Sentence:
    """In a few words, for people, what went wrong."""
    match error:
        case httpx.HTTPStatusError():
            return say("reason.http", host=source.host, code=error.response.status_code)
        case httpx.TimeoutException():
            return say("reason.timeout", host=source.host)
        case httpx.RemoteProtocolError():
            return say("reason.cut", host=source.host)
        case httpx.HTTPError() | httpx.InvalidURL():
            return say("reason.unreachable", host=source.host)
        case _Stalled():
            return say("reason.stalled", host=source.host)
        case _TooLarge() | ValueError():
            return say("reason.altered", host=source.host)
        case OSError():
            return say("reason.system", detail=error.strerror or type(error).__name__)
    return say("reason.system", detail=type(error).__name__)


def _accepted(path: Path, accept: Callable[[Path], bool]) -> bool:
    """Whether it is what `accept` looks for; else it is removed, also if the look itself breaks off."""
    accepted = False
    try:
        accepted = accept(path)
    finally:
        if not accepted:
            discard(path)
    return accepted


def discard(path: Path) -> None:
    """Remove a download that proved to be something else."""
    shutil.rmtree(path if path.is_dir() else path.parent, ignore_errors=True)
