"""Results to views to HTML: one self-contained page that fetches nothing and runs nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from evenband.analysis import Audit, PairsAudit, Results
from evenband.analysis.pairs.scorecard import is_scored
from evenband.narrative.questions import question_of
from evenband.report.bundle import chart_library, policy
from evenband.report.charts.series import label_lists, points, series_of
from evenband.report.sections import sections_of
from evenband.report.theme import THEMES, vega_config
from evenband.report.views import Figure, Page

ASSETS = files("evenband.report") / "assets"


def render(results: Results) -> str:
    """Return the report as one HTML page.

    Audits of one probe, with equal digests, share their figures.

    Returns:
        HTML that works offline, under its own content security policy, and without JavaScript
        (verdicts and tables; charts need it).
    """
    return html(page_of(results))


def page_of(results: Results) -> Page:
    """Return the page's views, all numbers decided."""
    shown = shown_alone(results)
    groups = series_of([audit for audit in shown if isinstance(audit, PairsAudit)])
    return Page(
        title=_title(results),
        subtitle=question_of([audit.measurement.kind for audit in results.audits]),
        sections=tuple(sections_of(results, shown, groups)),
        points={series.key: points(series) for group in groups for series in group},
        labels=label_lists(groups),
        version=_version(),
    )


def shown_alone(results: Results) -> list[Audit]:
    """Return the audits that get a section of their own: all but those that a scorecard has a line for.

    A measurement that was looked into in detail has its section as well as its line.
    """
    scored = {card.model for card in results.scorecards}
    return [
        audit
        for audit in results.audits
        if audit.detailed
        or not isinstance(audit, PairsAudit)
        or not is_scored(audit)
        or audit.measurement.subject.name not in scored
    ]


def _title(results: Results) -> str:
    """Return what was measured on which subjects; a suite by the number of its families."""
    if not results.audits:
        return "Nothing was audited"
    measurements = [audit.measurement for audit in results.audits]
    subjects = list(dict.fromkeys(one.subject.name for one in measurements))
    probes = list(dict.fromkeys(one.probe.name for one in measurements))
    families = {one.probe.family for one in measurements}
    is_suite = not all(audit.detailed for audit in results.audits)
    what = f"{len(families)} probe families" if is_suite else _listed(probes)
    return f"{what} on {_listed(subjects)}"


def html(page: Page) -> str:
    """The page as text."""
    style, script = _style(), _asset("report.js")
    figures = [block for section in page.sections for block in section.blocks if isinstance(block, Figure)]
    library = chart_library() if figures else ""
    text: str = (
        _templates()
        .get_template("report.html.j2")
        .render(
            page=page,
            style=Markup(style),  # noqa: S704 - ours
            script=Markup(script),  # noqa: S704 - ours
            library=Markup(library),  # noqa: S704 - the installed library's, nothing of a user's
            payload=Markup(embedded(_payload(page, figures))),  # noqa: S704 - escaped by embedded()
            policy=policy([script, library] if figures else [script], [style]),
        )
    )
    return text


def embedded(value: Any) -> str:
    """JSON that can stand inside a script element of any page: no ``<``, no line separators."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _payload(page: Page, figures: Sequence[Figure]) -> dict[str, Any]:
    return {
        "points": page.points,
        "labels": page.labels,
        "themes": {name: vega_config(palette) for name, palette in THEMES.items()},
        "figures": {
            figure.id: [
                {
                    "name": option.name,
                    "points": option.points,
                    "axes": option.axes,
                    "specs": [list(spec) for spec in option.specs],
                }
                for option in figure.options
            ]
            for figure in figures
        },
    }


def _listed(names: Sequence[str]) -> str:
    shown = [*names[:3], f"{len(names) - 3} more"] if len(names) > 4 else list(names)
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _style() -> str:
    variables = {
        name: "".join(f"--{key}:{value};" for key, value in palette.items())
        for name, palette in THEMES.items()
    }
    dark = f"color-scheme:dark;{variables['dark']}"
    themes = (
        f":root{{color-scheme:light;{variables['light']}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        f":root[data-theme=dark]{{{dark}}}\n"
    )
    return themes + _asset("report.css")


@cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _version() -> str:
    try:
        return version("evenband")
    except PackageNotFoundError:
        return ""
