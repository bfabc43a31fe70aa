from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import evenband.report.page as page_module
from evenband.records import Manifest
from evenband.report import render
from evenband.report.bundle import chart_library
from evenband.report.markdown import markdown


def scrubbed(page: str) -> str:
    """The page without what changes with a library's version, its data one entry a line."""
    page = page.replace(chart_library(), "LIBRARY")
    page = re.sub(r"sha256-[A-Za-z0-9+/=]+|sha256-[A-Za-z0-9&#;+/=]+", "sha256-HASH", page)
    before, opening, rest = page.partition('<script type="application/json" id="payload">')
    payload, closing, after = rest.partition("</script>")
    return before + opening + "\n" + "\n".join(lines(rounded(json.loads(payload)))) + "\n" + closing + after


def lines(value: Any, path: str = "") -> Iterator[str]:
    """A line for every chart, column of points and style."""
    if path.count("/") < 6 and isinstance(value, dict | list) and len(json.dumps(value)) > 500:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from lines(item, f"{path}/{key}")
    else:
        yield f"{path} {json.dumps(value, ensure_ascii=False)}"


def rounded(value: Any) -> Any:
    """Floats to six figures: the last digits are the machine's."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def test_the_report_is_what_it_was(
    planted: ModuleType, gold: Callable[[str, str], None], monkeypatch: Any
) -> None:
    monkeypatch.setattr(page_module, "_version", lambda: "VERSION")
    audits = [
        planted.audit(n=24, low_q=["grandma"], notes=["24 nouns are few."]),
        planted.audit(n=24, seed=8, model="other"),
        planted.letters(matched=4),
        planted.structured(n=12, reference=True),
    ]
    why = [planted.explanation(), planted.explanation(looked=False)]
    results = planted.results(
        audits,
        comparisons=[planted.comparison(*audits[:2])],
        explanations=why,
        manifests=[planted.manifest()],
    )
    gold("report.html", scrubbed(render(results)))


def test_the_scorecard_is_what_it_was(planted: ModuleType, gold: Callable[[str, str], None]) -> None:
    fresh = planted.fresh(0.55, gap=0.42, q=0.001)
    card = planted.card(
        planted.line("negation", 0.97, why="Without is not with.", type_="DIFF", fresh=fresh),
        planted.line("role-swap", 0.5, grade="blind", why="Who sued whom *matters*.", type_="DIFF"),
        planted.line("typo", 0.49, certain=False, why="People slip."),
        planted.line("casing", 1.0, grade="blind", harmless=True),
    )
    manifest = Manifest.model_validate(
        {
            "evenband": "VERSION",
            "models": [{"ref": "minilm", "name": "minilm"}],
            "plan": {"suite": "standard", "fresh": 7},
        }
    )
    audits = [planted.audit(n=24, probe=line.probe) for line in card.lines]
    gold("scorecard.md", markdown(planted.results(audits, scorecards=[card], manifests=[manifest])))
