"""The smallest page that Gradio serves."""

import gradio as gr

with gr.Blocks() as page:
    gr.Markdown("Hello")

page.launch()
