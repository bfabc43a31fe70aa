"""Operators: small changes to any text that a user types, each with what it does to the meaning.

They are those of the probe families whose change needs no template: punctuation, politeness, capitals, a
typing error, white space; and, where the text has the word for it, negation, with and without, and and or,
numbers, and from and to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from evenband.errors import InputError, UnknownReferenceError
from evenband.randomness import named_stream
from evenband.registry import nearest
from evenband.slots import forms
from evenband.types import Effect

QUICK_SUITE = "quick"
QUICK_OPERATORS = (
    "full-stop",
    "question-mark",
    "comma",
    "politeness",
    "typo",
    "casing",
    "negation",
    "with-without",
)
"""Operators of the quick suite; the others take all."""

AUXILIARIES = "is|are|was|were|do|does|did|can|could|will|would|should|must|may|might|has|have|had"


@dataclass(frozen=True)
class Operator:
    """One change.

    Attributes:
        name: of the condition.
        effect: ``keeps`` the meaning, ``changes`` or ``reverses`` it.
        why: what a user loses where a search answers it wrongly, one sentence.
        change: returns the changed text; the text itself where it cannot be changed in this way.
    """

    name: str
    effect: Effect
    why: str
    change: Callable[[str], str]

    def apply(self, text: str) -> str:
        """Return the changed text; the text itself where nothing would be left of it, as of ``not``."""
        changed = self.change(text)
        return changed if changed.strip() else text


def load_operators(names: Iterable[str] = (), suite: str | None = None) -> tuple[Operator, ...]:
    """Return operators by name, or those of a suite; all for neither.

    Raises:
        UnknownReferenceError: if there is no operator of a name; the message lists them.
    """
    chosen = list(names) or (list(QUICK_OPERATORS) if suite == QUICK_SUITE else list(OPERATORS))
    for name in chosen:
        if name not in OPERATORS:
            raise UnknownReferenceError(
                f"no operator is called {name!r}{nearest(name, OPERATORS)} "
                f"(there are: {', '.join(OPERATORS)})"
            )
    return tuple(OPERATORS[name] for name in dict.fromkeys(chosen))


def _full_stop(text: str) -> str:
    if text.endswith("."):
        return text.rstrip(".")
    return text if text[-1:] in "?!" else f"{text}."


def _question_mark(text: str) -> str:
    return text.rstrip("?").rstrip() if text.endswith("?") else f"{text.rstrip('.!')}?"


def _comma(text: str) -> str:
    """Leave all commas out, or set one in the middle, behind a word."""
    if "," in text:
        return " ".join(text.replace(",", " ").split())
    words = text.split()
    half = len(words) // 2
    if not half or not words[half - 1][-1].isalnum():
        return text
    return " ".join([*words[: half - 1], f"{words[half - 1]},", *words[half:]])


def _politeness(text: str) -> str:
    return f"Could you please tell me: {text}" if text.endswith("?") else f"please find {text}"


def _casing(text: str) -> str:
    return text.upper() if text != text.upper() else text.lower()


def _white_space(text: str) -> str:
    return f"  {'  '.join(text.split())} "


def _typo(text: str) -> str:
    try:
        return forms.apply("typo", (text,), named_stream("operator", "typo"))[0]
    except InputError:
        return text


def _quotes(text: str) -> str:
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' else f'"{text}"'


def _negation(text: str) -> str:
    """Drop a "not", or set one behind the first auxiliary, or in front."""
    dropped = re.sub(r"\b(?:not|no)\b\s*|n't\b", "", text, count=1, flags=re.IGNORECASE)
    if dropped != text:
        return dropped.strip()
    moved = re.sub(rf"\b({AUXILIARIES})\b", r"\1 not", text, count=1, flags=re.IGNORECASE)
    if moved != text:
        return moved
    asked = re.sub(
        r"^(who|what|which)\s+(\w+[^s\W])s\b", r"\1 does not \2", text, count=1, flags=re.IGNORECASE
    )
    return asked if asked != text else f"not {text}"


def _exchanged(left: str, right: str) -> Callable[[str], str]:
    """Return a change that puts one word in the place of another, both ways, wherever it stands."""
    pattern = re.compile(rf"\b({left}|{right})\b", re.IGNORECASE)
    return lambda text: pattern.sub(lambda found: right if found[0].lower() == left else left, text)


def _tenfold(text: str) -> str:
    """Make the first number ten times as high, or a tenth where it ends with a zero."""
    found = re.search(r"(?<![\d.,])\d+(?![\d.,]*\d)", text)
    if found is None or not int(found[0]):
        return text
    number = found[0][:-1] if len(found[0]) > 1 and found[0].endswith("0") else f"{found[0]}0"
    return f"{text[: found.start()]}{number}{text[found.end() :]}"


def _from_to(text: str) -> str:
    return re.sub(r"\bfrom (.+?) to (.+?)(?=[?.!]*$)", r"from \2 to \1", text, count=1, flags=re.IGNORECASE)


OPERATORS: Mapping[str, Operator] = {
    one.name: one
    for one in (
        Operator("full-stop", "keeps", "A full stop at the end must not change what is found.", _full_stop),
        Operator(
            "question-mark", "keeps", "With or without its mark, it is the same question.", _question_mark
        ),
        Operator("comma", "keeps", "People leave commas out, and set them anywhere.", _comma),
        Operator("politeness", "keeps", "A polite request must find what a plain one finds.", _politeness),
        Operator("typo", "keeps", "One slip of a finger must not hide the right document.", _typo),
        Operator("casing", "keeps", "Capital letters are a habit of the keyboard.", _casing),
        Operator("white-space", "keeps", "Spaces that were pasted along mean nothing.", _white_space),
        Operator("quotes", "keeps", "Quotation marks around a query do not change its subject.", _quotes),
        Operator("negation", "reverses", "Who asks for what is not so must not get what is so.", _negation),
        Operator(
            "with-without",
            "reverses",
            "A recipe without nuts is not one with nuts.",
            _exchanged("with", "without"),
        ),
        Operator("and-or", "changes", "Both is more than one of the two.", _exchanged("and", "or")),
        Operator("number", "changes", "Ten times as much is something else.", _tenfold),
        Operator("from-to", "changes", "The way there is not the way back.", _from_to),
    )
}
"""All operators by name, those that keep the meaning first."""
