"""Results to views to HTML: one self-contained page that fetches nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from evenband.analysis import Results
from evenband.analysis.pairs.orderings import has_distances
from evenband.narrative.questions import question_of
from evenband.narrative.watched_trainings import plain_sentence
from evenband.report.blocks.kinds import kind_answers
from evenband.report.blocks.pairs.probe_sections import shown_alone
from evenband.report.blocks.pairs.two_models import headline_of
from evenband.report.bundle import chart_library, policy
from evenband.report.charts.series import label_lists, points, series_of
from evenband.report.sections import sections_of
from evenband.report.theme import THEMES, vega_config
from evenband.report.views import Figure, Page
from evenband.wording import listed

ASSETS = files("evenband.report") / "assets"


def render(results: Results) -> str:
    """Return the report as one HTML page.

    The page works offline and under its own content security policy. Only its charts need JavaScript.
    Audits of the same probe, with equal digests, share their figures.
    """
    return html(page_of(results))


def page_of(results: Results) -> Page:
    """Return the page's views, all numbers formatted."""
    groups = series_of([audit for audit in shown_alone(results) if has_distances(audit.measurement)])
    return Page(
        title=_title(results),
        subtitle=question_of([audit.measurement.kind for audit in results.audits]),
        sections=tuple(sections_of(results, groups)),
        points={series.key: points(series) for group in groups for series in group},
        labels=label_lists(groups),
        version=_version(),
        answer=(
            *(plain_sentence(one) for training in results.trainings for one in training.alarms),
            *headline_of(results.head_to_heads),
            *kind_answers(results.audits),
        ),
    )


def _title(results: Results) -> str:
    """Return which probes were measured on which subjects; of a suite only the number of families."""
    if results.trainings:
        return f"Training of {listed([one.model for one in results.trainings])}"
    if not results.audits:
        return "Nothing was audited"
    measurements = [audit.measurement for audit in results.audits]
    subjects = list(dict.fromkeys(one.subject.name for one in measurements))
    probes = list(dict.fromkeys(one.probe.name for one in measurements))
    families = {one.probe.family for one in measurements}
    is_suite = not all(audit.detailed for audit in results.audits)
    what = f"{len(families)} probe families" if is_suite else listed(probes)
    return f"{what} on {listed(subjects)}"


def html(page: Page) -> str:
    """Return the page as HTML."""
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
            library=Markup(library),  # noqa: S704 - from the installed library, not from a user
            payload=Markup(embedded(_payload(page, figures))),  # noqa: S704 - escaped by embedded()
            policy=policy([script, library] if figures else [script], [style]),
        )
    )
    return text


def embedded(value: Any) -> str:
    """Return JSON that is safe inside a script element: without ``<`` and line separators."""
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
