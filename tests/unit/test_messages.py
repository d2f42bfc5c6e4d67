"""Both languages say the same things."""

import re
import string
from pathlib import Path

from mnist_demo.messages import TABLES, Sentence, say, text
from mnist_demo.model.spec import LESSON
from mnist_demo.web import lesson

ENGLISH, CHINESE = TABLES["en"], TABLES["zh"]
ROOT = Path(__file__).resolve().parents[2]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_tables_have_the_same_keys_and_placeholders() -> None:
    assert set(ENGLISH) == set(CHINESE)
    for key in ENGLISH:
        assert placeholders(ENGLISH[key]) == placeholders(CHINESE[key]), key


def test_one_is_counted_otherwise_than_many() -> None:
    assert text("en", "class.mine", n="1") == "You have given 1 digit. Thank you!"
    assert text("en", "class.mine", n="2") == "You have given 2 digits. Thank you!"


def test_every_key_is_used_and_every_used_key_is_there() -> None:
    files = [*ROOT.glob("mnist_demo/**/*.py"), *ROOT.glob("assets/*/*.js")]
    sources = "\n".join(p.read_text(encoding="utf-8") for p in files)
    quoted = set(re.findall(r"[\"'`]([a-z]+\.[a-z_0-9]+)[\"'`]", sources))
    # the plots choose between these two by name, and every layer of the network has its own
    chosen = {"training.train", "training.test", "layer.input", "layer.input.what"}
    chosen |= {f"layer.{layer.name}.what" for layer in LESSON.layers} | {"layer.logits"}
    chosen |= {f"layer.{layer.name}" for layer in LESSON.layers}
    chosen |= {f"layer.{layer.kind}{what}" for layer in LESSON.layers for what in ("", ".what")}
    terms = ("epoch", "accuracy", "loss", "rate", "kernel", "logits")  # each has a button that explains it
    chosen |= {f"{kind}.{term}" for kind in ("term", "glossary") for term in terms}
    chosen |= {f"lesson.{kind}_{step}" for kind in ("title", "do", "ask") for step in lesson.STEPS}
    assert set(ENGLISH) - quoted <= chosen <= set(ENGLISH)
    asked = re.findall(r"\b(?:say|text|_refuse)\(\s*[\"']([^\"'`]+)[\"']", sources)
    asked += re.findall(r"data-(?:text|title|label|hint)=\"([^\"{]+)\"", sources)
    assert {key for key in asked if "." in key} <= set(ENGLISH)


def test_the_pages_words_are_nowhere_else() -> None:
    """Neither between the tags of a template, nor in an attribute that people get to see or hear, nor in a script."""
    names = {"English", "中文", "Language / 语言"}
    between = re.compile(r">((?!\s*__)[^<>{}]*[^\W\d_]{2,}[^<>{}]*)<")
    attribute = re.compile(r"(?<!-)(?:aria-label|title|placeholder|alt)=[\"']([^\"'{]+)[\"']")
    found = []
    for path in ROOT.glob("mnist_demo/web/*.py"):
        templates = re.findall(r'"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL)
        markup = [t for t in templates if "</" in t or "/>" in t]
        found += [words.strip() for t in markup for pattern in (between, attribute) for words in pattern.findall(t)]
    words = re.compile(r"""["'`]([A-Z][a-z]+ [a-z]+[^"'`]*|[^"'`]*[\u4e00-\u9fff][^"'`]*)["'`]""")
    for path in ROOT.glob("assets/*/*.js"):
        code = re.sub(r"(^|\s)//.*", "", path.read_text(encoding="utf-8"))
        found += words.findall(code)
    assert set(found) <= names


def test_a_sentence_may_hold_another_and_survives_json() -> None:
    sentence = say("source.mixed", source=say("source.mnist"), extra="30,000")
    assert Sentence.from_json(sentence.to_json()) == sentence
    assert "MNIST" in sentence.to("en")
    assert "30,000" in sentence.to("zh")
