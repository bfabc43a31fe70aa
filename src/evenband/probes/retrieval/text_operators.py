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
from evenband.probes.retrieval.query_negation import negate
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

GOVERNING = (
    "interact|interacts|deal|deals|compare|compared|associate|associated|relate|start|starts|starting|begin|begins|end|ends|"
    "agree|agrees|work|works|cope|coping|comply|compatible|wrong|consistent|up|diagnosed|infected|familiar|along|problem|"
    "problems|issue|issues|trouble|help|cover|covered|replace|replaced|filled|together|matter|happens|happened"
)
"""Words whose "with" has no opposite: interact without warfarin is no English."""

AFTERWARDS = (
    "under|over|on|in|for|with|by|at|without|before|after|during|and|via|using|online|today|tomorrow|tonight|now|cheap|"
    "free|direct|nonstop|fast|quickly|this|next"
)
"""Words that end the place that one goes to."""


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


def _with_without(text: str) -> str:
    """Put one in the place of the other, but where a word in front asks for its "with"."""
    pattern = re.compile(
        rf"(?<![\w-])(?P<governing>(?:{GOVERNING})\s+)?(?P<word>without|with)\b", re.IGNORECASE
    )
    return pattern.sub(
        lambda found: found[0] if found["governing"] else _opposite(found["word"], "with", "without"), text
    )


def _and_or(text: str) -> str:
    """Put one in the place of the other; ``and/or``, both ... and, between ... and stay."""
    if re.search(r"\b(?:and\s*/\s*or|both|between|either|neither|whether)\b", text, re.IGNORECASE):
        return text
    return re.sub(
        r"\b(?:and|or)\b", lambda found: _opposite(found[0], "and", "or"), text, flags=re.IGNORECASE
    )


def _opposite(word: str, left: str, right: str) -> str:
    other = right if word.lower() == left else left
    return other.upper() if word.isupper() else other


def _tenfold(text: str) -> str:
    """Make the first number ten times as high, or a tenth where it ends with a zero.

    Digits in a word, a date, a time, a range or a decimal fraction are no number of this kind, nor are years.
    """
    for found in re.finditer(r"(?<![\w.,:/–-])\d+(?![\w:/–-]|[.,]\d)", text):
        if int(found[0]) and not re.fullmatch(r"(?:1[5-9]|20)\d\d", found[0]):
            number = found[0][:-1] if len(found[0]) > 1 and found[0].endswith("0") else f"{found[0]}0"
            return f"{text[: found.start()]}{number}{text[found.end() :]}"
    return text


def _from_to(text: str) -> str:
    return re.sub(
        rf"\b(from) (.+?) (to) (.+?)(?=\s+(?:{AFTERWARDS})\b|[?.!]*$)",
        r"\1 \4 \3 \2",
        text,
        count=1,
        flags=re.IGNORECASE,
    )


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
        Operator("negation", "reverses", "Who asks for what is not so must not get what is so.", negate),
        Operator(
            "with-without",
            "reverses",
            "A recipe without nuts is not one with nuts.",
            _with_without,
        ),
        Operator("and-or", "changes", "Both is more than one of the two.", _and_or),
        Operator("number", "changes", "Ten times as much is something else.", _tenfold),
        Operator("from-to", "changes", "The way there is not the way back.", _from_to),
    )
}
"""All operators by name, those that keep the meaning first."""
