"""Which of a run's measurements to explain a label in, where it has been measured in several."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.pairs.values import PairsAudit
from evenband.errors import InputError
from evenband.registry import nearest


def choose(
    audits: Sequence[PairsAudit],
    label: str,
    *,
    model: str | None = None,
    probe: str | None = None,
    reference: str | None = None,
) -> list[PairsAudit]:
    """The audits that have a label, the most telling one first.

    A model that is not the reference before the reference; a probe that the model sees before one to
    which it is blind; then the models in their order, and of one model the probe in which the label
    is farthest out.

    Args:
        audits: of a run.
        label: a slot value.
        model: only this one: its name, or the reference that it was loaded by.
        probe: only this one.
        reference: name of the model that the others are held against.

    Raises:
        InputError: if there is no such model, probe or label; the message says what there is.
    """
    names = list(dict.fromkeys(one.measurement.subject.name for one in audits))
    probes = list(dict.fromkeys(one.measurement.probe.name for one in audits))
    refs = [one.measurement.subject.ref for one in audits]
    _check("model", model, names, refs)
    _check("probe", probe, probes)
    kept = [one for one in audits if _is_asked_for(one, model, probe)]
    known = [one for one in kept if label in one.measurement.items]
    if not known:
        labels = list(dict.fromkeys(value for one in kept for value in one.measurement.items))
        raise InputError(f"no label {label!r} was measured{nearest(label, labels)}")

    def rank(one: PairsAudit) -> tuple[bool, bool, int, float]:
        made = one.measurement
        far = float(one.z[made.items.index(label)].max())
        return made.subject.name == reference, one.summary.blind, names.index(made.subject.name), -far

    return sorted(known, key=rank)


def _is_asked_for(audit: PairsAudit, model: str | None, probe: str | None) -> bool:
    made = audit.measurement
    return model in (None, made.subject.name, made.subject.ref) and probe in (None, made.probe.name)


def _check(what: str, wanted: str | None, names: Sequence[str], also: Sequence[str] = ()) -> None:
    if wanted is not None and wanted not in (*names, *also):
        raise InputError(
            f"no {what} {wanted!r} was measured{nearest(wanted, names)} (there are: {', '.join(names)})"
        )
