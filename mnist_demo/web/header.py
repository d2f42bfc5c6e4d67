"""The top of the page: title, language switch, lasting remarks; and the question for the service's status."""

from typing import Any

import gradio as gr

from mnist_demo.errors import DemoError
from mnist_demo.service import Service
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.web.parts import failed, part, told

TEMPLATE = """
<div class="demo header">
  <h1 data-text="page.title"></h1>
  <select id="language" aria-label="Language / 语言">
    <option value="en">English</option>
    <option value="zh" lang="zh-CN">中文</option>
  </select>
  <p class="quiet" data-text="page.about"></p>
  <div id="notices" role="status" hidden></div>
</div>
"""


def header(service: Service) -> gr.HTML:
    """Asks for the status once for the whole page; the other parts listen to it."""

    def snapshot(known: Any = None) -> dict[str, Any]:
        status = service.status
        known = known if isinstance(known, dict) else {}
        if known.get("version") == status.version and known.get("run") == service.run:
            return {"changed": False}
        return told(status) | {"run": service.run, "may_train": service.settings.retrain_button}

    return part("header", TEMPLATE, snapshot, retrainer(service))


def retrainer(service: Service) -> Any:
    """The server function behind every button that trains: {"epochs": 1..50 or null, "fetch": bool}."""

    def retrain(wish: Any = None) -> dict[str, Any]:
        wish = wish if isinstance(wish, dict) else {}
        epochs = wish.get("epochs")
        if type(epochs) is not int or not 1 <= epochs <= MAX_EPOCHS:
            epochs = None
        try:
            service.retrain(epochs, fetch=wish.get("fetch") is True)
        except DemoError as error:
            return failed(error)
        return {}

    return retrain
