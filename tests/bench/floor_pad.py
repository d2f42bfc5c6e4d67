"""Our sketchpad in front of a route that returns a constant: what page and transport cost by themselves."""

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mnist_demo.web import head, static
from mnist_demo.web.draw_tab import sketchpad

ANSWER = {
    "pixels": "A" * 1044 + "AA==",
    "waiting": False,
    "digit": 7,
    "confidence": 0.97,
    "probabilities": [0.0033] * 7 + [0.97] + [0.0033] * 2,
}


async def recognize(request: Request) -> JSONResponse:
    await request.json()
    return JSONResponse(ANSWER)


with gr.Blocks(fill_width=True) as page:
    sketchpad()

routes = [
    Route(f"{static.PREFIX}/static/{{version}}/{{name}}", static.file),
    Route(f"{static.PREFIX}/recognize", recognize, methods=["POST"]),
]
head.install()
page.launch(ssr_mode=False, app_kwargs={"routes": routes})
