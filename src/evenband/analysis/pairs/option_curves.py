"""Variants of one model that differ in one option, such as the length of its vectors, probe by probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from evenband.analysis.pairs.values import PairsAudit
from evenband.types import ModelSpec

FEWEST_VARIANTS = 3
"""Variants that make a curve."""

WITHOUT = "none"
"""Value of the option of a model whose reference does not have it."""


@dataclass(frozen=True)
class OptionCurve:
    """Audits of variants of one model, by the value of one option.

    Attributes:
        base: reference of the model, without the option.
        option: its name.
        values: one for each variant: numbers falling, others in the order of the run.
        audits: of each probe, one for each value.
    """

    base: str
    option: str
    values: tuple[str, ...]
    audits: tuple[tuple[PairsAudit, ...], ...]


@dataclass(frozen=True)
class _Variant:
    name: str
    body: str
    options: Mapping[str, str]
    dim: int

    def value(self, option: str) -> str:
        """Return the option's value; a model that is not truncated has a length nevertheless."""
        return self.options.get(option, str(self.dim) if option == "dim" else WITHOUT)

    def without(self, option: str) -> str:
        """Return the reference without the option."""
        rest = {key: value for key, value in sorted(self.options.items()) if key != option}
        mark = "#" if "://" in self.body else "?"
        return f"{self.body}{mark}{urlencode(rest)}" if rest else self.body


def option_curves(audits: Sequence[PairsAudit]) -> list[OptionCurve]:
    """Return a curve for each model and option of which three variants or more were measured.

    Letter ablations and follow-ups of outliers have none.
    """
    measured = [one for one in audits if not (one.measurement.probe.of or one.measurement.probe.letters)]
    specs = {one.measurement.subject.name: one.measurement.subject for one in measured}
    variants = [_variant(spec) for spec in specs.values()]
    curves = []
    for option in dict.fromkeys(key for one in variants for key in one.options):
        for base in dict.fromkeys(one.without(option) for one in variants):
            members = _ordered([one for one in variants if one.without(option) == base], option)
            rows = tuple(_rows(measured, list(members.values())))
            if len(members) >= FEWEST_VARIANTS and rows:
                curves.append(OptionCurve(base, option, tuple(members), rows))
    return curves


def _rows(audits: Sequence[PairsAudit], names: Sequence[str]) -> Iterator[tuple[PairsAudit, ...]]:
    """Yield the audits of each probe that was measured on all of these models, in their order."""
    by_probe: dict[tuple[str, str], dict[str, PairsAudit]] = {}
    for audit in audits:
        probe = audit.measurement.probe
        by_probe.setdefault((probe.name, probe.digest), {})[audit.measurement.subject.name] = audit
    for found in by_probe.values():
        if all(name in found for name in names):
            yield tuple(found[name] for name in names)


def _variant(spec: ModelSpec) -> _Variant:
    """Return what a model's reference says; a name that the user gave stands before it."""
    text = spec.ref.removeprefix(f"{spec.name}=")
    body, _, query = text.partition("#" if "://" in text else "?")
    return _Variant(spec.name, body, dict(parse_qsl(query, keep_blank_values=True)), spec.dim)


def _ordered(variants: Sequence[_Variant], option: str) -> dict[str, str]:
    """Return the models' names by the option's values; of two with one value the first."""
    names: dict[str, str] = {}
    for one in variants:
        names.setdefault(one.value(option), one.name)
    if all(value.isdecimal() for value in names):
        return dict(sorted(names.items(), key=lambda item: -int(item[0])))
    return dict(sorted(names.items(), key=lambda item: item[0] != WITHOUT))
