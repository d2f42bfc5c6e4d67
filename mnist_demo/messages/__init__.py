"""Every sentence that the program says to people, in English and Chinese.

A sentence travels through the program as a `Sentence`, a key with its values, and becomes words only where it is
shown: in English in the terminal, in the visitor's language on the page.
"""

import json
import string
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")

TABLES: dict[str, dict[str, str]] = {
    language: json.loads(Path(__file__).with_name(f"{language}.json").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
"""All sentences, by language and key; placeholders in braces, "{n:digit|digits}" for what depends on whether n is 1."""


class _Filler(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        one, _, many = format_spec.partition("|")
        return (one if str(value) == "1" else many) if many else super().format_field(value, format_spec)


def text(language: str, key: str, /, **values: Any) -> str:
    """The sentence `key` in `language` ("en" or "zh"), its placeholders filled with `values`; KeyError if unknown."""
    return _Filler().vformat(TABLES[language][key], (), values)


@dataclass(frozen=True)
class Sentence:
    """A sentence of the tables above with its values, still in no language. A value may itself be a Sentence."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def to(self, language: str) -> str:
        """The text in "en" or "zh"."""
        values = {k: v.to(language) if isinstance(v, Sentence) else v for k, v in self.values.items()}
        return text(language, self.key, **values)

    def __str__(self) -> str:
        return self.to("en")

    def to_json(self) -> dict[str, Any]:
        """As the page gets it, which has the texts: its key and its values."""
        values = {k: v.to_json() if isinstance(v, Sentence) else v for k, v in self.values.items()}
        return {"key": self.key, "values": values}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Sentence":
        """The opposite of `to_json`; KeyError if it names no sentence."""
        values = {k: cls.from_json(v) if isinstance(v, dict) else v for k, v in value["values"].items()}
        text("en", value["key"], **values)
        return cls(value["key"], values)


def say(key: str, /, **values: Any) -> Sentence:
    """A `Sentence`, shorter to write."""
    return Sentence(key, values)
