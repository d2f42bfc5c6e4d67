"""The lesson in six steps, which a teacher or a visitor walks through on the page, and the same on a sheet of paper."""

import gradio as gr

from mnist_demo.web.parts import part

STEPS = range(1, 7)

SHEET_STEP = """
<section>
  <h2><span>{step}</span><span data-text="lesson.title_{step}"></span></h2>
  <p data-text="lesson.do_{step}"></p>
  <p class="question" data-text="lesson.ask_{step}"></p>
  <div class="lines"></div>
</section>
"""

TEMPLATE = f"""
<aside class="demo lesson" data-label="lesson.name" hidden>
  <div class="step">
    <h2 tabindex="-1"></h2>
    <p class="do"></p>
    <p class="question"></p>
  </div>
  <div class="tools">
    <button class="button" name="back" data-text="lesson.back"></button>
    <button class="button primary" name="next" data-text="lesson.next"></button>
    <button class="link" name="print" data-text="lesson.print"></button>
    <button class="link" name="close" data-text="lesson.close"></button>
  </div>
</aside>
<article class="demo worksheet started">
  <h1 data-text="lesson.sheet"></h1>
  <p class="who"><span data-text="lesson.who"></span><span data-text="lesson.when"></span></p>
  {"".join(SHEET_STEP.format(step=step) for step in STEPS)}
</article>
"""


def lesson() -> gr.HTML:
    """`assets/js/lesson.js` is its other half."""
    return part("lesson", TEMPLATE)
