"""Both languages say the same things."""

import re
import string
from pathlib import Path

from mnist_demo.network import LAYERS
from mnist_demo.texts import CHINESE, ENGLISH, Sentence, say

ROOT = Path(__file__).resolve().parents[1]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_tables_have_the_same_keys_and_placeholders() -> None:
    assert set(ENGLISH) == set(CHINESE)
    for key in ENGLISH:
        assert placeholders(ENGLISH[key]) == placeholders(CHINESE[key]), key


def test_every_key_is_used_and_every_used_key_is_there() -> None:
    files = [*ROOT.glob("mnist_demo/**/*.py"), *ROOT.glob("assets/*.js")]
    sources = "\n".join(p.read_text(encoding="utf-8") for p in files if p.name != "texts.py")
    quoted = set(re.findall(r"[\"'`]([a-z]+\.[a-z_0-9]+)[\"'`]", sources))
    # the plots choose between these two by name, and every layer of the network has its own
    chosen = {"training.train", "training.test", "layer.input", "layer.input.what"}
    chosen |= {f"layer.{layer.name}.what" for layer in LAYERS}
    chosen |= {f"layer.{layer.name.split('_')[0]}" for layer in LAYERS}
    assert set(ENGLISH) - quoted <= chosen <= set(ENGLISH)
    asked = re.findall(r"\b(?:say|text|_refuse)\(\s*[\"']([^\"'`]+)[\"']", sources)
    asked += re.findall(r"data-(?:text|title|label|hint)=\"([^\"{]+)\"", sources)
    assert set(asked) <= set(ENGLISH)


def test_a_sentence_may_hold_another_and_survives_json() -> None:
    sentence = say("source.mixed", source=say("source.mnist"), extra="30,000")
    assert Sentence.from_json(sentence.to_json()) == sentence
    assert "MNIST" in sentence.to("en")
    assert "30,000" in sentence.to("zh")
