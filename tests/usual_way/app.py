"""The usual way to let people draw a digit for a trained model: `python app.py MODEL.keras`."""

import sys

import gradio as gr
import keras
import numpy as np

model = keras.models.load_model(sys.argv[1])


def recognize(drawing: dict) -> dict[str, float]:
    if drawing["composite"] is None:  # cleared
        return {}
    image = drawing["composite"].getchannel("A").resize((28, 28))
    logits = model.predict(np.asarray(image)[None, :, :, None] / 255.0, verbose=0)[0]
    return {str(digit): float(p) for digit, p in enumerate(keras.ops.softmax(logits))}


with gr.Blocks() as page:
    pad = gr.Sketchpad(type="pil")
    label = gr.Label(num_top_classes=3)
    pad.change(recognize, pad, label)

page.launch()
