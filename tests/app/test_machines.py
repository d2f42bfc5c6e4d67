"""It starts on computers we don't know: behind proxies of any kind, in terminals of any kind, beside settings made for
other programs, on disks that lack something. Real processes and sockets."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from conftest import UNTRAINED, App
from launching import HOST, QUICK, SMALL, ready, result, watched

pytestmark = pytest.mark.slow

Launch = Callable[..., App]
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


# --- proxies -------------------------------------------------------------------------------------------------------


def test_a_proxy_is_not_asked_for_the_program_s_own_page(untrained: Launch, tmp_path: Path) -> None:
    """Nothing says that it is not for this computer, and it never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        nowhere = dict.fromkeys(("NO_PROXY", "no_proxy"))
        app = untrained(*SMALL, "--cache", str(tmp_path), **dict.fromkeys(PROXIES, address), **nowhere)
        app.wait_for("The page is at", 60)
        watched(app, ready)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9"),
        ("all_proxy", "socks://127.0.0.1:9"),  # as GNOME writes it
        ("HTTP_PROXY", "http://[::nonsense"),
        ("NO_PROXY", "127.0.0.1,::1/128"),
    ],
)
def test_proxies_that_can_t_be_used_are_told_and_left_out(
    untrained: Launch, tmp_path: Path, name: str, value: str
) -> None:
    if value.startswith("socks5"):
        with contextlib.suppress(ImportError):
            import socksio  # noqa: F401

            pytest.skip("SOCKS proxies can be used here")
    dead = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    app = untrained(*QUICK, "--cache", str(tmp_path), **{**dead, name: value})
    watched(app, ready)
    assert f"Going on without what can't be used of {name}" in app.output
    assert "MNIST could not be downloaded (" in app.output
    assert "can't be reached)" in app.output, "the proxy that can be used was not asked"
    assert "Traceback" not in app.output


# --- addresses -----------------------------------------------------------------------------------------------------


def refused(app: App) -> str:
    """The only line of a launch that ended at once."""
    assert app.process.wait(60) == 1, app.output
    time.sleep(0.2)
    (line,) = app.lines
    assert line.startswith("The page can't be served at ")
    return line


@pytest.mark.parametrize("host", ["nonsense.invalid", "192.0.2.7", "a..b"])
def test_an_address_that_is_not_this_computer_s(launch: Launch, host: str) -> None:
    assert host in refused(launch("--host", host))


def test_every_port_is_taken(launch: Launch) -> None:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", 65535)):
        assert "from 65535 on is free" in refused(launch(GRADIO_SERVER_PORT="65535"))
        return
    pytest.skip("the last port is taken")


def test_after_a_port_that_is_taken_comes_the_next(untrained: Launch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # Gradio itself could not be imported beside such a variable
        app = untrained(*SMALL, "--port", str(port), "--cache", str(tmp_path), GRADIO_SERVER_PORT="7861-7870")
        told = app.wait_for(r"Port (\d+) is taken; the next free one is (\d+)\.")
        assert int(told[1]) == port
        assert port < int(told[2]) < port + 100
        assert app.url.endswith(f":{told[2]}")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may serve at any port")
def test_a_port_that_is_not_allowed_is_not_called_taken(launch: Launch) -> None:
    assert "Permission denied" in refused(launch("--port", "1"))


def test_an_address_of_the_newer_kind(untrained: Launch, tmp_path: Path) -> None:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        app = untrained(*SMALL, "--host", "::1", "--cache", str(tmp_path))
        url = app.wait_for(r"http://\[::1\]:\d+")[0]
        assert httpx.get(url, timeout=20).status_code == 200
        return
    pytest.skip("this computer has no IPv6")


# --- what visitors upload --------------------------------------------------------------------------------------------


def uploaded(app: App) -> Path:
    """The place of a picture that was sent to the page."""
    reply = httpx.post(f"{app.url}/gradio_api/upload", files={"files": ("a.png", b"a picture")}, timeout=20)
    return Path(reply.json()[0])


def test_uploads_end_with_the_program(untrained: Launch, tmp_path: Path) -> None:
    """Or, when it is killed, with the next start; and nobody else's /tmp/gradio is in the way."""
    arguments = (*SMALL, *HOST, "--cache", str(tmp_path / "cache"))
    (tmp_path / "gradio").write_text("another user's")
    for end in ("terminate", "kill"):
        app = untrained(*arguments, TMPDIR=str(tmp_path))
        place = uploaded(app)
        assert place.is_relative_to(tmp_path)
        assert place.exists()
        getattr(app.process, end)()
        app.process.wait(20)
        assert place.exists() is (end == "kill")
    untrained(*arguments, TMPDIR=str(tmp_path)).wait_for("The page is at")
    assert not place.exists()


def test_a_folder_for_uploads_that_can_t_be_written(untrained: Launch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    asked = str(tmp_path / "file" / "uploads")
    app = untrained(*SMALL, *HOST, "--cache", str(tmp_path / "cache"), GRADIO_TEMP_DIR=asked, TMPDIR=str(tmp_path))
    app.wait_for("The page is at")
    assert f"Going on without GRADIO_TEMP_DIR: {asked} can't be written (Not a directory)." in app.output
    assert uploaded(app).exists()


# --- terminals -----------------------------------------------------------------------------------------------------


def watched_at(url: str, process: subprocess.Popen) -> None:
    """Until the page at the address, which may not be there yet, is ready."""
    deadline = time.monotonic() + 120
    while True:
        assert time.monotonic() < deadline
        assert process.poll() is None
        with contextlib.suppress(httpx.TransportError):
            reply = httpx.post(f"{url}/gradio_api/run/status", json={"data": []}, timeout=20)
            if ready(reply.json()["data"][0]):
                return
        time.sleep(0.2)


def test_a_pipe_that_is_closed_after_the_first_line(tmp_path: Path) -> None:
    """As by `python3 app.py | head -1`."""
    command = [sys.executable, str(UNTRAINED), *SMALL, "--cache", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        url = process.stdout.readline().split()[4]
        process.stdout.close()
        watched_at(url, process)
        process.terminate()
        assert process.wait(20) == 143
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name == "nt", reason="needs a shell that closes streams")
def test_no_terminal_at_all(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(UNTRAINED), *SMALL, "--cache", str(tmp_path), "--port", str(port)]
    process = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command])
    try:
        watched_at(f"http://127.0.0.1:{port}", process)
        process.terminate()
        assert process.wait(20) == 143
    finally:
        process.kill()
        process.wait()


def test_a_terminal_without_the_letters(untrained: Launch, tmp_path: Path, small_npz: Path) -> None:
    data = tmp_path / "数字.npz"
    data.write_bytes(small_npz.read_bytes())
    arguments = ("--train-only", "--epochs", "1", "--cache", str(tmp_path / "网络"), "--data", str(data))
    app = untrained(*arguments, PYTHONIOENCODING="ascii")
    assert "网络" in result(app)["cache"]
    assert "Data: \\u6570\\u5b57.npz: 600 training" in app.output


# --- settings of other programs, and disks ---------------------------------------------------------------------------


def test_keras_is_set_up_for_something_else(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(
        '{"backend": "torch", "floatx": "float16", "image_data_format": "channels_first"}'
    )
    app = launch(*SMALL, "--train-only", "--cache", str(tmp_path / "cache"), KERAS_HOME=str(tmp_path))
    assert result(app)["cache"]


def test_a_disk_without_locks(untrained: Launch, tmp_path: Path) -> None:
    """As on some network disks: it trains, serves from memory and says so."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to see what is to be locked")
    (tmp_path / "sitecustomize.py").write_text(
        "import errno, fcntl, os\n"
        "usual = fcntl.flock\n"
        "def flock(file, how):\n"
        f"    if os.readlink(f'/proc/self/fd/{{file}}').startswith({str(tmp_path / 'cache')!r}):\n"
        "        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))\n"
        "    return usual(file, how)\n"
        "fcntl.flock = flock\n"
    )
    app = untrained(*SMALL, *HOST, "--cache", str(tmp_path / "cache"), PYTHONPATH=str(tmp_path))
    watched(app, ready)
    assert "can't be written (No locks available)" in app.output
    assert "Traceback" not in app.output
