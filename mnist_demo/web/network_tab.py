"""The tab "How it works": a drawing, or a test image, on its way through the layers of the network that answers."""

from typing import Any, Literal

import gradio as gr
import numpy as np

from mnist_demo.errors import NoTestImageError
from mnist_demo.messages import TABLES, say
from mnist_demo.model.evaluation import softmax
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.model.spec import Convolution, Layer, Pooling, Spec
from mnist_demo.service import Service
from mnist_demo.web import request_parsing, schemas
from mnist_demo.web.parts import encoded, part, pixels_payload

INPUT = """
<section class="card layer input" id="network-input">
  <div class="about">
    <h2 data-text="layer.input"></h2>
    <p class="figures"><span class="shape">28 × 28 × 1</span></p>
    <p class="quiet" data-text="layer.input.what"></p>
  </div>
  <div class="inputs">
    <figure><div class="pad small"><canvas tabindex="0" role="img" data-label="draw.pad"></canvas>
      <div class="pad-hint"><span data-text="network.draw"></span></div></div>
      <button class="button" id="network-clear" data-text="draw.clear"></button></figure>
    <figure class="seen"><canvas width="28" height="28" role="img" data-label="answer.seen"></canvas>
      <figcaption class="quiet source" aria-live="polite"></figcaption></figure>
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
      <figure><canvas class="map" width="{side}" height="{side}" role="img" data-label="network.map_alone"></canvas>
      </figure>
      {kernel}
    </div>
    <p class="quiet caption"></p>
  </div>
</section>
"""

KERNEL = """
<figure class="kernel">
  <div class="weighed"><canvas width="3" height="3" role="img" data-label="network.kernel"></canvas>
    <div class="weights" aria-hidden="true"></div></div>
  <figcaption class="quiet" data-text="{caption}"></figcaption>
</figure>
"""

ROW_LAYER = """
<section class="card layer {name}" data-layer="{name}">
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
    return part("network_tab", _template(spec))


def _template(spec: Spec) -> str:
    parts = zip(spec.layers, spec.shapes, spec.parameters, strict=True)
    layers = "".join(_layer(spec, *part) for part in parts)
    total = f'{{"parameters": "{sum(spec.parameters):,}"}}'
    return f"""<div class="demo network">
      <p class="lead quiet" data-text="network.lead"></p>
      <div class="learning" hidden></div>
      <p class="which"></p>
      <p class="trouble" role="alert" hidden></p>
      {INPUT}{layers}
      <p class="quiet" data-text="network.total" data-values='{total}'></p></div>"""


def _layer(spec: Spec, layer: Layer, shape: tuple[int, ...], parameters: int) -> str:
    last = layer is spec.layers[-1]
    texts = TABLES["en"]
    values = {
        "name": "logits" if last else layer.name,
        "title": "layer.logits" if last else f"layer.{layer.kind}",
        # the lesson's layers have words of their own, others those of their kind
        "what": f"layer.{layer.name}.what" if f"layer.{layer.name}.what" in texts else f"layer.{layer.kind}.what",
        "shape": " × ".join(f"{size:,}" for size in shape),
        "parameters": parameters,
    }
    if isinstance(layer, Convolution | Pooling):
        values |= {"side": shape[0], "maps": shape[-1]}
        kernel = ""
        if isinstance(layer, Convolution):
            first = layer is spec.convolutions[0]
            kernel = KERNEL.format(caption="network.kernel_1" if first else "network.kernel_2")
        return MAP_LAYER.format(**values, kernel=kernel)
    if last:
        content = DIGITS.format(rows="".join(DIGIT.format(digit=digit) for digit in range(10)))
    else:
        columns = _columns(shape[0])
        content = STRIP.format(title=values["title"], columns=columns, rows=shape[0] // columns)
    return ROW_LAYER.format(**values, content=content)


def _columns(units: int) -> int:
    """In how many columns so many units are shown: as many as fit and come out even."""
    return next(columns for columns in range(100 if units > 400 else 32, 0, -1) if units % columns == 0)


def activations(service: Service, asked: dict[str, Any]) -> schemas.Activations:
    """`asked` has one of "strokes", "image" (pixels), "test" (a number, or "wrong"), "sample" (a number), and
    "client_version", the version of the network whose kernels the browser has.

    Raises `InputError`, `UntrainedError`.
    """
    source, image, number, label = _asked(service, asked)
    if not image.any():
        return schemas.Activations(
            model_version="",
            source=source,
            number=number,
            label=label,
            pixels=None,
            layers={},
            logits=[],
            probabilities=[],
            kernels=None,
        )
    recognizer, outputs = service.activations(image)
    logits = outputs.pop(service.spec.layers[-1].name)
    return schemas.Activations(
        model_version=recognizer.version,
        source=source,
        number=number,
        label=label,
        pixels=pixels_payload(image),
        layers={name: _packed(output) for name, output in outputs.items()},
        logits=[round(float(logit), 4) for logit in logits],
        probabilities=[round(float(p), 6) for p in softmax(logits)],
        kernels=None if asked.get("client_version") == recognizer.version else _kernels(recognizer),
    )


def _kernels(recognizer: Recognizer) -> dict[str, schemas.Packed]:
    return {
        name: schemas.Packed(values=values, most=round(most, 4)) for name, (values, most) in recognizer.kernels.items()
    }


def _packed(output: np.ndarray) -> schemas.Packed:
    """A layer's output, none of it negative, as bytes: 255 is `most`. Map after map, each row by row."""
    most = float(output.max())
    values = np.round(output * (255 / most if most > 0 else 0)).astype(np.uint8)
    return schemas.Packed(values=encoded(np.moveaxis(values, -1, 0)), most=round(most, 4))


Source = Literal["drawing", "test", "sample"]
Asked = tuple[Source, np.ndarray, int | None, int | None]


def _asked(service: Service, asked: dict[str, Any]) -> Asked:
    """What is to be looked at: where it is from, the image as float32 (28, 28), its number and its label."""
    if "image" in asked:
        return "drawing", request_parsing.image_from_pixels(asked["image"]), None, None
    if "test" in asked:
        return _test_image(service, asked["test"])
    if "sample" in asked:
        return _sample(service, asked["sample"])
    return "drawing", request_parsing.image_from_strokes(asked.get("strokes", [])), None, None


def _test_image(service: Service, test: object) -> Asked:
    tests, evaluation = service.tests, service.evaluation
    if tests is None:
        raise NoTestImageError(reason=say("reason.no_tests"))
    images, labels = tests
    if test == "wrong":
        if evaluation is None or not len(evaluation.mistakes):
            raise NoTestImageError(reason=say("reason.no_mistakes"))
        test = int(np.random.default_rng().choice(evaluation.mistakes))
    if type(test) is not int or not 0 <= test < len(images):
        raise NoTestImageError(reason=say("reason.test_number", last=f"{len(images) - 1:,}"))
    return "test", _scaled(images[test]), test, int(labels[test])


def _sample(service: Service, number: object) -> Asked:
    samples = service.status.samples
    if samples is None or type(number) is not int or not 0 <= number < len(samples[0]):
        raise NoTestImageError(reason=say("reason.no_tests"))
    return "sample", _scaled(samples[0][number]), None, int(samples[1][number])


def _scaled(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32) / np.float32(255)
