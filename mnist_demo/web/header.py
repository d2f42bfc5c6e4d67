"""The top of the page: title, language switch, lasting remarks."""

import gradio as gr

from mnist_demo.web.parts import part

TEMPLATE = """
<div class="demo header">
  <h1 data-text="page.title"></h1>
  <select id="language" aria-label="Language / 语言">
    <option value="en">English</option>
    <option value="zh" lang="zh-CN">中文</option>
  </select>
  <p class="quiet" data-text="page.about"></p>
  <p id="offline" role="alert" data-text="page.unreachable" hidden></p>
  <div id="notices" role="status" hidden></div>
</div>
"""


def header() -> gr.HTML:
    """`assets/js/header.js` is its other half."""
    return part("header", TEMPLATE)
