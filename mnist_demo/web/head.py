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
        return PREVIEW.sub("", source).replace("</head>", head.strip(), 1), path, current


def install() -> None:
    """For every page that this process serves from now on."""
    loader = templates.env.loader
    if loader is not None and not isinstance(loader, Loader):
        templates.env.loader = Loader(loader)
