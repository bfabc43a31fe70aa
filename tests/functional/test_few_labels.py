"""One, two, three labels: what needs more of them has no value, and nothing is ever not a number."""

import json
import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from evenband import analysis, api
from evenband.analysis import Results

MODELS = ("toy:words", "toy:chars", "toy:random")
TABLES = {
    "INV": "a,b\nI eat fish,fish I eat\n",
    "DIFF": "a,changed,paraphrase\nI eat fish,I eat meat,fish I eat\n",
    "ORDER": "query,relevant,irrelevant\nI eat fish,I do eat fish,no meat today\n",
}


def numbers(value: Any) -> Iterator[float]:
    """Every number in nested lists and dictionaries."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, int | float):
        yield float(value)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("probe", ["comma", "comma8", "negation", "role-swap", "definition-legal"])
def test_a_handful_of_labels_has_only_finite_figures(probe: str, n: int) -> None:
    """Shipped probes of every type, one slot and two; models against each other, too."""
    audits = api.audit(MODELS, probe, sample=n)
    assert all(math.isfinite(one) for one in numbers(analysis.summarise(Results(tuple(audits)))))
    for pair in combinations(audits, 2):
        api.compare(*pair)


@pytest.mark.parametrize("type_", list(TABLES))
def test_a_table_of_one_row_is_audited(tmp_path: Path, type_: str) -> None:
    """What needs two labels is left out of summary and report; the single score is there."""
    file = tmp_path / "one.csv"
    file.write_text(TABLES[type_], encoding="utf-8")
    api.audit(MODELS, str(file), out=tmp_path / "run")
    api.write_report(tmp_path / "run")
    for found in json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["results"]:
        assert (found["n"], found["type"]) == (1, type_)
        assert found["median"] is not None
        assert all(found[name] is None for name in ("phi", "consistency", "t99", "r50", "auc"))
        assert found["intervals"]["median"] is None
        assert (found["pass_rate"] is None) == (type_ == "INV")
