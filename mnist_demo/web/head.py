"""The head of the HTML page that Gradio serves: our styles, which so come before any script, and our link preview."""

from mnist_demo.messages import text
from mnist_demo.web import gradio_patches, static

# A preview's picture needs a whole address: Gradio's `config` has the one by which the page was asked for.
HEAD = """
<meta property="og:type" content="website" />
<meta property="og:title" content="{title}" />
<meta property="og:description" content="{about}" />
<meta property="og:image" content="{{{{ config['root'] }}}}{static}/preview.png" />
<meta property="og:image:width" content="1200" />
<meta property="og:image:height" content="630" />
<meta name="twitter:card" content="summary_large_image" />
<meta name="description" content="{about}" />
<link rel="stylesheet" href=".{static}/page.css" />
{preloads}
"""

# What the Draw tab imports, one file after the other, would each cost a slow line a round trip.
PRELOAD = """<link rel="modulepreload" href=".{static}/{name}.js" />"""

# Where title, pad and answer are going to be, painted long before Gradio's scripts have come.
SKELETON = """<svg class="skeleton" aria-hidden="true" viewBox="0 0 1120 640" preserveAspectRatio="xMidYMin meet">
<rect x="24" y="24" width="180" height="28" rx="6" /><rect x="24" y="112" width="530" height="528" rx="12" />
<rect x="578" y="112" width="518" height="528" rx="12" /></svg>
"""


def install() -> None:
    """For every page that this process serves from now on."""
    address = f"{static.PREFIX}/static/{static.version()}"
    preloads = "\n".join(PRELOAD.format(static=address, name=name) for name in static.imported("draw_tab"))
    title, about = text("en", "page.title"), text("en", "page.about")
    head = HEAD.format(title=title, about=about, static=address, preloads=preloads)
    gradio_patches.extend_page(head.lstrip(), SKELETON)
