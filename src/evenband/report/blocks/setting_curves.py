"""Recall over the one setting that varies: of a generated dataset, or the numbers of a vector."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from evenband.analysis.retrieval.retrieval_audit import RetrievalAudit
from evenband.narrative.searches import failure_sentence, setting_sentence
from evenband.report.charts.frame import SIZES
from evenband.report.charts.recall_curve import Curve, recall_curve
from evenband.report.views import Figure, Option, Points, Section
from evenband.types import EXACT_PIPELINE, Estimate

SETTINGS_READ = (
    "Each line is one model by exact search; to the right, the setting grows, and all else is equal.",
)

DIMENSION = re.compile(r"[?&]dim=(\d+)")

FEWEST_VALUES = 2
"""Values of a setting from which on there is a curve."""

SEED_SETTING = "seed"

WORDS = {"objects": "things in all lists", "list": "things of a list", "n": "people that are asked for"}
"""What settings of a generated dataset are, where the name alone does not say it."""


@dataclass(frozen=True)
class SettingCurves:
    """Recall at the cutoff over one setting.

    Attributes:
        setting: what varies, in words.
        family: what is equal in all points.
        lines: estimates by value of the setting, by name of the line.
    """

    setting: str
    family: str
    lines: Mapping[str, Mapping[int, list[Estimate]]]

    @property
    def curves(self) -> list[Curve]:
        """The lines; of several datasets with one value, the mean."""
        return [
            Curve(name, tuple(sorted(found)), tuple(_mean(found[value]) for value in sorted(found)))
            for name, found in self.lines.items()
            if len(found) >= FEWEST_VALUES
        ]


def setting_curve_sections(audits: Sequence[RetrievalAudit]) -> Iterator[Section]:
    """Yield a section for each setting of which there are two values or more, all else being equal."""
    judged = [audit for audit in audits if audit.measurement.details.is_judged]
    for number, found in enumerate([*_over_settings(judged), *_over_dimensions(judged)]):
        k = judged[0].measurement.details.cutoff
        sentences = [
            setting_sentence(one.name, found.setting, one.efforts, one.shares, k) for one in found.curves
        ]
        sentences += [
            sentence
            for name, line in found.lines.items()
            for sentence in failure_sentence(name, found.setting, line, k)
        ]
        title = f"Recall at {k} over {found.setting}: {found.family}"
        specs = tuple((size.total, recall_curve(found.curves, size)) for size in SIZES)
        option = Option("all", specs, (), title)
        figure = Figure(f"setting-{number}-curve", title, " ".join(sentences), SETTINGS_READ, (option,))
        heading = f"Over {found.setting}"
        yield Section(f"setting-{number}", title, (Points(heading, tuple(sentences)), figure))


def _over_settings(audits: Sequence[RetrievalAudit]) -> Iterator[SettingCurves]:
    """Yield the curves over each setting of generated datasets, but over documents, which have their own."""
    keys = dict.fromkeys(key for audit in audits for key in audit.measurement.details.settings)
    for key in (key for key in keys if key != SEED_SETTING):
        groups: dict[tuple[int, str], dict[str, dict[int, list[Estimate]]]] = {}
        for audit in audits:
            measurement, details = audit.measurement, audit.measurement.details
            value = details.settings.get(key)
            if isinstance(value, bool) or not isinstance(value, int) or not value:
                continue
            lines = groups.setdefault((details.documents, _equal(details.settings, key)), {})
            lines.setdefault(measurement.subject.name, {}).setdefault(value, []).append(_recall(audit))
        for (_, equal), lines in groups.items():
            yield from _known(SettingCurves(WORDS.get(key, key), equal, lines))


def _equal(settings: Mapping[str, int | str], varies: str) -> str:
    """Return all settings but one, and but the seed, in words; sets of several seeds make one point."""
    words = {True: "on", False: "off"}
    return ", ".join(
        f"{name} {words[value] if isinstance(value, bool) else value}"
        for name, value in sorted(settings.items())
        if name not in (varies, SEED_SETTING) and (isinstance(value, bool) or value)
    )


def _over_dimensions(audits: Sequence[RetrievalAudit]) -> Iterator[SettingCurves]:
    """Yield the curves over the numbers of a vector: ``?dim=`` of models, or of exact search."""
    by_model: dict[str, dict[str, dict[int, list[Estimate]]]] = {}
    for audit in audits:
        measurement = audit.measurement
        if (
            measurement.subject.dim < FEWEST_VALUES
            or measurement.details.cutoff not in measurement.details.recall
        ):
            continue
        lines = by_model.setdefault(DIMENSION.sub("", measurement.subject.ref), {})
        line = lines.setdefault(measurement.probe.name, {})
        for one in audit.pipelines:
            cut = DIMENSION.search(one.name)
            if one.name == EXACT_PIPELINE or (cut and one.name == f"{EXACT_PIPELINE}?dim={cut[1]}"):
                numbers = int(cut[1]) if cut else measurement.subject.dim
                line.setdefault(numbers, []).append(one.recall[measurement.details.cutoff])
    for model, lines in by_model.items():
        yield from _known(SettingCurves("numbers of a vector", model, lines))


def _known(found: SettingCurves) -> Iterator[SettingCurves]:
    """Yield curves of which at least one has two values, without values that are not known."""
    lines = {
        name: {
            value: known
            for value, estimates in line.items()
            if (known := [one for one in estimates if one.value is not None])
        }
        for name, line in found.lines.items()
    }
    kept = {name: line for name, line in lines.items() if len(line) >= FEWEST_VALUES}
    if kept:
        yield SettingCurves(found.setting, found.family, kept)


def _mean(estimates: Sequence[Estimate]) -> float:
    return fmean(one.value or 0.0 for one in estimates)


def _recall(audit: RetrievalAudit) -> Estimate:
    return audit.pipelines[0].recall.get(audit.measurement.details.cutoff, Estimate(None))
