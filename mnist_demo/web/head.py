"""The head of the HTML page that Gradio serves: our styles, which so come before any script, and our link preview.

Gradio's own template has a preview of Gradio first, and applies a program's styles by a script, late and rewritten:
what they say about print, about `:root` or about its own container inside a media query is lost.
"""

import re
from collections.abc import Callable

from gradio.routes import templates
from jinja2 import BaseLoader, Environment

from mnist_demo.messages import text
from mnist_demo.web import static

PREVIEW = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*?/>\s*')

HEAD = """
<meta property="og:type" content="website" />
<meta property="og:title" content="{title}" />
<meta property="og:description" content="{about}" />
<meta name="description" content="{about}" />
<link rel="stylesheet" href=".{static}/page.css" />
{preloads}
</head>"""

# What the Draw tab imports, one file after the other, would each cost a slow line a round trip.
PRELOAD = """<link rel="modulepreload" href=".{static}/{name}.js" />"""

# Where title, pad and answer are going to be, painted long before Gradio's scripts have come.
SKELETON = """<svg class="skeleton" aria-hidden="true" viewBox="0 0 1120 640" preserveAspectRatio="xMidYMin meet">
<rect x="24" y="24" width="180" height="28" rx="6" /><rect x="24" y="112" width="530" height="528" rx="12" />
<rect x="578" y="112" width="518" height="528" rx="12" /></svg>
"""


class Loader(BaseLoader):
    """Gradio's templates with our head."""

    def __init__(self, gradios: BaseLoader):
        self._gradios = gradios

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, path, current = self._gradios.get_source(environment, template)
        address = f"{static.PREFIX}/static/{static.version()}"
        preloads = "\n".join(PRELOAD.format(static=address, name=name) for name in static.imported("draw_tab"))
        title, about = text("en", "page.title"), text("en", "page.about")
        head = HEAD.format(title=title, about=about, static=address, preloads=preloads)
        ours = PREVIEW.sub("", source).replace("</head>", head.strip(), 1)
        return ours.replace("<gradio-app", f"{SKELETON}<gradio-app", 1), path, current


def install() -> None:
    """For every page that this process serves from now on."""
    loader = templates.env.loader
    if loader is not None and not isinstance(loader, Loader):
        templates.env.loader = Loader(loader)
