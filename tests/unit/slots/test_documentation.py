"""docs/slots.md tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from evenband import slots
from evenband.slots import forms, vocabulary

TEXT = (Path(__file__).parents[3] / "docs" / "slots.md").read_text(encoding="utf-8")


def test_every_scheme_list_and_form_is_documented() -> None:
    """By the name that is written; lists of other languages by one of them."""
    written = re.findall(r"`([^`]+)`", TEXT)
    assert {scheme.name for scheme in slots.schemes()} <= {text.partition(":")[0] for text in written}
    lists = {name for name in vocabulary.names() if vocabulary.language_of(name) == "en"}
    assert lists <= set(written)
    assert set(vocabulary.LANGUAGES) - {"de"} <= set(written)
    assert set(forms.FORMS) <= set(written)


def test_the_references_work() -> None:
    """Every reference in the tables loads, and its columns are named beside it."""
    for line in TEXT.splitlines():
        for ref in re.findall(
            r"`((?:table|wordnet|list|letters|numbers|dates|codes|names|quantities|money):[^` ]*)`", line
        ):
            slot = slots.load(ref)
            if line.startswith("|"):
                assert all(f"`{column}`" in line for column in slot.columns), ref


def test_the_columns_of_lists_are_named() -> None:
    """Those of English lists stand in the list's own row."""
    for name in vocabulary.names():
        if vocabulary.language_of(name) == "en":
            row = next(line for line in TEXT.splitlines() if line.startswith("|") and f"`{name}`" in line)
            assert all(f"`{column}`" in row for column in slots.load(f"table:{name}").columns), name


def test_the_examples_of_forms_are_right() -> None:
    """A value and its forms stand in one row, in the same order."""
    rng = np.random.default_rng(0)
    for values, results, names in [
        (
            ("hour", "MRI scan", "8 km", "university"),
            ("an hour", "an MRI scan", "an 8 km", "a university"),
            ["a"],
        ),
        (
            ("city", "mother-in-law", "glass of milk"),
            ("cities", "mothers-in-law", "glasses of milk"),
            ["plural"],
        ),
        (("apple pie",), ("a-p-p-l-e p-i-e",), ["spelled"]),
        (("1000",) * 4, ("1,000", "1.000", "1 000", "一千"), ["comma", "dot", "space", "hanzi"]),
        (("1000",) * 2, ("1020", "10000"), ["near", "tenfold"]),
        (("Peru",) * 2, ("PERU", "peru"), ["upper", "lower"]),
        (("ice cream",) * 2, ("Ice cream", "Ice Cream"), ["cap", "title"]),
    ]:
        steps = names if len(names) > 1 else names * len(values)
        made = tuple(forms.apply(name, [value], rng)[0] for name, value in zip(steps, values, strict=True))
        assert made == results
        assert all(f"`{text}`" in TEXT for text in (*values, *results))
