"""The top of the page: title, language switch, lasting remarks."""

import gradio as gr

from mnist_demo.web.parts import part

TEMPLATE = """
<div class="demo header">
  <h1 data-text="page.title"></h1>
  <div class="tools">
  <button class="button" id="lesson" aria-expanded="false" data-label="lesson.name"><svg viewBox="0 0 20 20"
    aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"><path
    d="M1 8 10 4 19 8 10 12ZM5 10V14Q10 17 15 14V10"/></svg><span data-text="lesson.name"></span></button>
  <select id="language" aria-label="Language / 语言">
    <option value="en">English</option>
    <option value="zh" lang="zh-CN">中文</option>
  </select>
  </div>
  <p class="quiet" data-text="page.about"></p>
  <p id="offline" role="alert" data-text="page.unreachable" hidden></p>
  <div id="notices" role="status" hidden></div>
</div>
"""


def header() -> gr.HTML:
    """`assets/js/header.js` is its other half."""
    return part("header", TEMPLATE)
