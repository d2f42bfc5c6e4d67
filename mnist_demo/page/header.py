"""The top of the page: title, language switch, lasting remarks; and the question for the studio's status."""

from typing import Any

import gradio as gr

from mnist_demo.errors import DemoError
from mnist_demo.page.parts import failed, part, told
from mnist_demo.settings import MAX_EPOCHS
from mnist_demo.studio import Studio

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


def header(studio: Studio) -> gr.HTML:
    """Asks for the status once for the whole page; the other parts listen to it."""

    def snapshot(known: Any = None) -> dict[str, Any]:
        status = studio.status
        known = known if isinstance(known, dict) else {}
        if known.get("version") == status.version and known.get("run") == studio.run:
            return {"changed": False}
        return told(status) | {"run": studio.run, "may_train": studio.settings.retrain_button}

    return part("header", TEMPLATE, snapshot, retrainer(studio))


def retrainer(studio: Studio) -> Any:
    """The server function behind every button that trains: {"epochs": 1..50 or null, "fetch": bool}."""

    def retrain(wish: Any = None) -> dict[str, Any]:
        wish = wish if isinstance(wish, dict) else {}
        epochs = wish.get("epochs")
        if type(epochs) is not int or not 1 <= epochs <= MAX_EPOCHS:
            epochs = None
        try:
            studio.retrain(epochs, fetch=wish.get("fetch") is True)
        except DemoError as error:
            return failed(error)
        return {}

    return retrain
