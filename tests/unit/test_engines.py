"""Scripts and styles keep to what Safari 17 and Firefox ESR have.

The list is of what is newer in one of them and might be reached for, by MDN's browser-compat-data 8.1. What only
adorns (`text-wrap: pretty`, `@page`, `forced-color-adjust`) may be there: engines that lack it pass over it.
"""

import re

import pytest

from mnist_demo.web import single_file
from mnist_demo.web.static import ASSETS

NEWER = {
    ".js": {
        "iterators' own methods": r"(?<!Object)\.(keys|values|entries|matchAll)\([^()]*\)\.(map|filter|find|some)\(",
        "Iterator": r"\bIterator\.|\.toArray\(\)",
        "Object.groupBy": r"\b(Object|Map)\.groupBy\b",
        "Promise.withResolvers": r"\bPromise\.(withResolvers|try)\b",
        "ArrayBuffer.transfer": r"\.transfer(ToFixedLength)?\(",
        "Float16Array": r"\bFloat16Array\b|\bf16round\b|\b[gs]etFloat16\(",
        "Uint8Array.fromBase64": r"\.(fromBase64|toBase64|fromHex|toHex)\b",
        "RegExp.escape": r"\bRegExp\.escape\b",
        "Math.sumPrecise": r"\bMath\.sumPrecise\b",
        "Error.isError": r"\bError\.isError\b",
        "Temporal": r"\bTemporal\.",
        "Intl.DurationFormat": r"\bDurationFormat\b",
        "using": r"^\s*(await )?using \w+ =",
        "import attributes": r"\bimport .* with \{",
        "AbortSignal.any": r"\bAbortSignal\.any\b",
        "URL.parse": r"\bURL\.parse\b",
        "view transitions": r"\bstartViewTransition\b",
        "requestIdleCallback": r"\brequestIdleCallback\b(?! \?\?)",  # with something in its place it may
        "scheduler": r"\bscheduler\.(yield|postTask)\b",
        "navigation": r"\bnavigation\.|\bCloseWatcher\b|\bcookieStore\b",
        "moveBefore": r"\.moveBefore\(",
        "setHTML": r"\.(setHTML|setHTMLUnsafe|getHTML|parseHTMLUnsafe)\(",
        "canvas": r"\.(filter|letterSpacing|wordSpacing|fontKerning) = |\bcontext\.reset\(",
        "Blob.bytes": r"\.bytes\(\)",
        "command": r"\bcommandfor\b|\bcommandForElement\b",
    },
    ".css": {
        "@starting-style": r"@starting-style|@scope|@function|@view-transition|@position-try",
        "light-dark()": r"\blight-dark\(",
        "anchors": r"\b(anchor-name|position-anchor|position-area|anchor-scope)\s*:|\banchor\(",
        "field-sizing": r"\bfield-sizing\s*:",
        "sizes that move": r"\binterpolate-size\s*:|\bcalc-size\(|\btransition-behavior\s*:",
        "content-visibility": r"\bcontent-visibility\s*:",
        "scrollbars": r"\bscrollbar-(width|color|gutter)\s*:",
        "scroll animations": r"\b(animation-timeline|scroll-timeline|view-timeline|view-transition-name)\s*:",
        "text-box": r"\btext-box(-trim|-edge)?\s*:",
        "if()": r":\s*if\(|\bsibling-(index|count)\(|\brandom\(",
        "relative colours": r"\b(rgb|hsl|oklch|lab)\(from ",
        "parts of details": r"::details-content|::picker|::scroll-(button|marker)|::highlight",
        ":state()": r":(state|open|has-slotted|heading)\b",
        "zoom": r"\bzoom\s*:",
        "corners": r"\bcorner-shape\s*:|\bshape\(",
    },
}


def sources() -> dict[str, str]:
    found = {str(path.relative_to(ASSETS)): path.read_text("utf-8") for path in sorted(ASSETS.glob("*/*.[cj]s*"))}
    return {**found, "digits.css": single_file.PAGE}


@pytest.mark.parametrize("name", sources())
def test_nothing_is_newer_than_safari_17_and_firefox_esr(name: str) -> None:
    ending = "." + name.rpartition(".")[2]
    used = {what for what, pattern in NEWER[ending].items() if re.search(pattern, sources()[name], re.M)}
    assert not used
