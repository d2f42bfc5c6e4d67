"""Our sketchpad in front of a function that returns a constant: what page and transport cost by themselves."""

from typing import Any

import gradio as gr

from mnist_demo.web.draw_tab import template
from mnist_demo.web.parts import ASSETS, part

ANSWER = {
    "pixels": "A" * 1044 + "AA==",
    "digit": 7,
    "confidence": 0.97,
    "probabilities": [0.0033] * 7 + [0.97] + [0.0033] * 2,
    "sure": 0.6,
}


def recognize(value: Any = None) -> dict[str, Any]:
    return ANSWER


with gr.Blocks(fill_width=True) as page:
    part("sketchpad", template(), recognize)

page.launch(ssr_mode=False, css_paths=ASSETS / "page.css")
