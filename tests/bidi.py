"""A browser over WebDriver BiDi, as much of it as the tests need: https://w3c.github.io/webdriver-bidi."""

import base64
import contextlib
import itertools
import json
import re
import subprocess
import tempfile
import time
from typing import Any

from websocket import WebSocketException, create_connection

SECONDS = 60


class Firefox:
    """Firefox without a window, and one page in it. Whatever the page's scripts throw is collected in `errors`."""

    def __init__(self, path: str, width: int = 1280, height: int = 900):
        self.errors: list[str] = []
        self._profile = tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True)
        command = [path, "--headless", "--no-remote", "--profile", self._profile.name, "--remote-debugging-port", "0"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert self._process.stderr is not None
        found = next(filter(None, (re.search(r"listening on (ws://\S+)", line) for line in self._process.stderr)))
        self._socket = create_connection(f"{found[1]}/session", timeout=SECONDS, suppress_origin=True)
        self._ids = itertools.count(1)
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self._context = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.resize(width, height)

    def ask(self, method: str, **values: Any) -> Any:
        """The answer to a command. Raises RuntimeError with what the browser says against it."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": values}))
        while True:
            said = json.loads(self._socket.recv())
            if said.get("method") == "log.entryAdded" and said["params"]["level"] == "error":
                self.errors.append(said["params"]["text"])
            if said.get("id") == number:
                if said["type"] == "error":
                    raise RuntimeError(f"{said['error']}: {said['message']}")
                return said["result"]

    def resize(self, width: int, height: int) -> None:
        self.ask("browsingContext.setViewport", context=self._context, viewport={"width": width, "height": height})

    def open(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page, as JSON has it."""
        target = {"context": self._context}
        text = f"JSON.stringify({expression})"
        result = self.ask("script.evaluate", expression=text, target=target, awaitPromise=True, userActivation=True)
        assert result["type"] == "success", result
        return json.loads(result["result"].get("value", "null"))

    def wait(self, expression: str) -> None:
        """Until the expression is true."""
        deadline = time.monotonic() + SECONDS
        while not self.run(f"Boolean({expression})"):
            assert time.monotonic() < deadline, expression
            time.sleep(0.1)

    def draw(self, strokes: list, selector: str = "#sketchpad .pad canvas") -> None:
        """With the mouse, on a canvas; points are in 0..1 of it."""
        rect = f"document.querySelector('{selector}').getBoundingClientRect()"
        x, y, side = self.run(f"(({{x, y, width}}) => [x, y, width])({rect})")
        actions: list[dict[str, Any]] = []
        for stroke in strokes:
            for i, (across, down) in enumerate(stroke):
                place = {"x": round(x + across * side), "y": round(y + down * side)}
                actions.append({"type": "pointerMove", "duration": 40, **place})
                actions += [{"type": "pointerDown", "button": 0}] if not i else []
            actions.append({"type": "pointerUp", "button": 0})
        self._act("pointer", "mouse", actions, parameters={"pointerType": "mouse"})

    def press(self, key: str) -> None:
        """A key, by its character: "\\ue011" is Home, "\\ue010" End."""
        self._act("key", "keys", [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")])

    def screenshot(self, whole: bool = False) -> bytes:
        """The page as PNG, or what of it is in the window."""
        origin = "document" if whole else "viewport"
        picture = self.ask("browsingContext.captureScreenshot", context=self._context, origin=origin)
        return base64.b64decode(picture["data"])

    def close(self) -> None:
        with contextlib.suppress(OSError, RuntimeError, WebSocketException):  # it is ending anyway
            self.ask("browser.close")
            self._socket.close()
        self._process.kill()
        self._process.wait()
        self._profile.cleanup()

    def _act(self, device: str, name: str, actions: list[dict[str, Any]], **parameters: Any) -> None:
        source = {"type": device, "id": name, "actions": actions, **parameters}
        self.ask("input.performActions", context=self._context, actions=[source])
