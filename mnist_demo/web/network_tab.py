"""The tab "How it works": a drawing, or a test image, on its way through the layers of the network that answers."""

import gradio as gr

from mnist_demo.errors import NoTestImageError
from mnist_demo.messages import TABLES, say
from mnist_demo.model.recognizer import NO_DIGIT_BELOW
from mnist_demo.model.spec import Convolution, Layer, Pooling, Spec
from mnist_demo.service import Service
from mnist_demo.web import schemas, why
from mnist_demo.web.parts import encoded, part

LOOKING = """
<section class="card looking" id="network-input">
  <figure><div class="pad small"><canvas tabindex="0" role="img" data-label="draw.pad"></canvas>
    <div class="pad-hint"><span data-text="network.draw"></span></div></div></figure>
  <figure class="seen"><div class="celled"><canvas width="28" height="28" role="img" data-label="answer.seen"></canvas>
    <span class="cell" hidden></span></div></figure>
  <div class="guess" aria-hidden="true" data-no-digit="__NO_DIGIT__"></div>
  <ol class="guesses"></ol>
  <div class="about"><p class="quiet source" aria-live="polite"></p>
    <button class="button" id="network-clear" data-text="draw.clear"></button></div>
</section>
"""

INPUT = """
<section class="card layer input">
  <div class="about">
    <h2 data-text="layer.input"></h2>
    <p class="figures"><span class="shape">28 × 28 × 1</span></p>
    <p class="quiet" data-text="layer.input.what"></p>
  </div>
  <form class="picker" id="test-image">
    <h3 data-text="network.test"></h3>
    <label><span data-text="network.number"></span>
      <input type="number" min="0" step="1" value="1" inputmode="numeric" required></label>
    <div class="row">
      <button class="button" name="show" data-text="network.show"></button>
      <button class="button" type="button" name="random" data-text="network.random"></button>
      <button class="button" type="button" name="wrong" data-text="network.wrong"></button>
    </div>
    <p class="quiet wait" data-text="network.wait" hidden></p>
  </form>
</section>
"""

MAP_LAYER = """
<section class="card layer maps" data-layer="{name}">
  <div class="about">
    <h2 data-text="{title}"></h2>
    <p class="figures"><span class="shape">{shape}</span> · <span data-count="{parameters}"></span></p>
    <p class="quiet" data-text="{what}"></p>
  </div>
  <div class="sheet-and-frame"><canvas class="sheet" tabindex="0" role="slider" aria-valuemin="1"
    aria-valuemax="{maps}" aria-valuenow="1" data-label="{title}" data-side="{side}"></canvas>
    <span class="frame" hidden></span></div>
  <div class="closer">
    <div class="pair">
      <figure class="celled">{map}</figure>
      {kernel}
    </div>
    <p class="quiet caption"></p>
    {products}
  </div>
</section>
"""

MAP = """<canvas class="map" width="{side}" height="{side}" role="img" data-label="network.map_alone"></canvas>"""

# of the first convolution: one cell of the map can be chosen, and is written out
CELL_MAP = """<canvas class="map" width="{side}" height="{side}" tabindex="0" role="slider" aria-valuemin="1"
  aria-valuemax="{cells}" aria-valuenow="1" data-label="network.cell"></canvas><span class="cell" hidden></span>"""
PRODUCTS = """<div class="products"></div>"""

KERNEL = """
<figure class="kernel {extent}">
  <div class="weighed"><canvas width="3" height="3" role="img" data-label="network.kernel"></canvas>
    <div class="weights" aria-hidden="true"></div></div>
  <figcaption class="quiet" data-text="{caption}"></figcaption>
</figure>
"""

VECTOR_LAYER = """
<section class="card layer vector" data-layer="{name}">
  <div class="about">
    <h2 data-text="{title}"></h2>
    <p class="figures"><span class="shape">{shape}</span> · <span data-count="{parameters}"></span></p>
    <p class="quiet" data-text="{what}"></p>
  </div>
  {content}
</section>
"""

STRIP = """<canvas class="strip" width="{columns}" height="{rows}" role="img" data-label="{title}"></canvas>"""

DIGITS = """
<table class="outputs">
  <thead><tr><th data-text="network.digit"></th><th data-text="layer.logits"></th><td></td>
    <th data-text="network.probability"></th><td></td></tr></thead>
  <tbody>{rows}</tbody>
</table>
"""

DIGIT = """<tr><th>{digit}</th><td class="number logit">–</td>
<td class="signed"><span class="fill"></span></td><td class="number share">–</td>
<td class="track"><span class="fill"></span></td></tr>"""


def network(spec: Spec) -> gr.HTML:
    """The whole tab; `assets/js/network_tab.js` is its other half."""
    return part("network_tab", template(spec))


def template(spec: Spec) -> str:
    """Its HTML."""
    parts = zip(spec.layers, spec.shapes, spec.parameters, strict=True)
    layers = "".join(_layer(spec, *part) for part in parts)
    total = f'{{"parameters": "{sum(spec.parameters):,}"}}'
    return f"""<div class="demo network">
      <p class="lead quiet" data-text="network.lead"></p>
      <div class="learning"></div>
      <p class="which"></p>
      <p class="trouble" role="alert" hidden></p>
      {LOOKING.replace("__NO_DIGIT__", str(NO_DIGIT_BELOW))}{INPUT}{layers}{why.TEMPLATE}
      <p class="quiet" data-text="network.total" data-values='{total}'></p></div>"""


def _layer(spec: Spec, layer: Layer, shape: tuple[int, ...], parameters: int) -> str:
    last = layer is spec.layers[-1]
    values = {
        "name": "logits" if last else layer.name,
        # the lesson's layers have words of their own, others those of their kind
        "title": "layer.logits" if last else _words(f"layer.{layer.name}", f"layer.{layer.kind}"),
        "what": _words(f"layer.{layer.name}.what", f"layer.{layer.kind}.what"),
        "shape": " × ".join(f"{size:,}" for size in shape),
        "parameters": parameters,
    }
    if isinstance(layer, Convolution | Pooling):
        values |= {"side": shape[0], "maps": shape[-1], "cells": shape[0] * shape[1]}
        first = layer is spec.convolutions[0]
        kernel = ""
        if isinstance(layer, Convolution):
            caption, extent = ("network.kernel_1", "") if first else ("network.kernel_2", "many")
            kernel = KERNEL.format(caption=caption, extent=extent)
        alone = (CELL_MAP if first else MAP).format(**values)
        return MAP_LAYER.format(**values, kernel=kernel, map=alone, products=PRODUCTS if first else "")
    if last:
        content = DIGITS.format(rows="".join(DIGIT.format(digit=digit) for digit in range(10)))
    else:
        columns = _columns(shape[0])
        content = STRIP.format(title=values["title"], columns=columns, rows=shape[0] // columns)
    return VECTOR_LAYER.format(**values, content=content)


def _words(key: str, otherwise: str) -> str:
    return key if key in TABLES["en"] else otherwise


def _columns(units: int) -> int:
    """In how many columns so many units are shown: as many as fit and come out even."""
    return next(columns for columns in range(100 if units > 400 else 32, 0, -1) if units % columns == 0)


def test_image(service: Service, number: int) -> schemas.TestPicture:
    """Test image `number`, from 0. Raises `NoTestImageError`."""
    if service.tests is None:
        raise NoTestImageError(reason=say("reason.no_tests"))
    images, labels = service.tests
    if number >= len(images):
        raise NoTestImageError(reason=say("reason.test_number", last=f"{len(images) - 1:,}"))
    return schemas.TestPicture(number=number, label=int(labels[number]), pixels=encoded(images[number]))
