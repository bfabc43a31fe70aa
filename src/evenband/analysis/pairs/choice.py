"""Choice of the measurement to explain a label in, where a run measured it in several."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.pairs.orderings import has_distances
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
    """Return the audits that have a label, the most telling one first.

    Other models come before the reference, and probes whose change the model sees before those to which
    it is blind. Then models come in their order, and for one model the probe in which the label is
    farthest out.

    Args:
        audits: audits of a run.
        label: value of the slot.
        model: name of the only model to look at, or the reference that it was loaded by.
        probe: name of the only probe to look at.
        reference: name of the model that the others are compared with.

    Raises:
        InputError: if there is no such model, probe or label; the message says what there is.
    """
    measurements = [audit.measurement for audit in audits]
    models = list(dict.fromkeys(measurement.subject.name for measurement in measurements))
    probes = list(dict.fromkeys(measurement.probe.name for measurement in measurements))
    _check("model", model, models, [measurement.subject.ref for measurement in measurements])
    _check("probe", probe, probes)
    asked_for = [audit for audit in audits if _is_asked_for(audit, model, probe)]
    asked_for = [audit for audit in asked_for if has_distances(audit.measurement)] or asked_for
    if not any(has_distances(audit.measurement) for audit in asked_for):
        raise InputError(
            f"{asked_for[0].measurement.subject.name} is a reranker, which has no distance between texts: "
            "there is nothing to explain; name an encoder of the run with --model"
        )
    with_label = [audit for audit in asked_for if label in audit.measurement.items]
    if not with_label:
        labels = list(dict.fromkeys(value for audit in asked_for for value in audit.measurement.items))
        raise InputError(
            _left_out(asked_for, label) or f"no label {label!r} was measured{nearest(label, labels)}"
        )

    def rank(audit: PairsAudit) -> tuple[bool, bool, int, float]:
        name = audit.measurement.subject.name
        farthest_z = float(audit.z[audit.measurement.items.index(label)].max())
        return name == reference, audit.summary.blind, models.index(name), -farthest_z

    return sorted(with_label, key=rank)


def _is_asked_for(audit: PairsAudit, model: str | None, probe: str | None) -> bool:
    """Return whether an audit is of the model and the probe; ``None`` stands for any."""
    subject = audit.measurement.subject
    return model in (None, subject.name, subject.ref) and probe in (None, audit.measurement.probe.name)


def _check(what: str, wanted: str | None, names: Sequence[str], aliases: Sequence[str] = ()) -> None:
    """Raise InputError if what is wanted has none of the names and aliases."""
    if wanted is not None and wanted not in (*names, *aliases):
        raise InputError(
            f"no {what} {wanted!r} was measured{nearest(wanted, names)} (there are: {', '.join(names)})"
        )


def _left_out(audits: Sequence[PairsAudit], label: str) -> str:
    """Say why a label of a probe has no figures; empty if no probe has it."""
    for audit in audits:
        measurement, details = audit.measurement, audit.measurement.details
        where = f"{measurement.probe.name} on {measurement.subject.name}"
        cut = details.truncation
        if cut is not None and any(name == label for name, _ in cut.undecidable):
            limit = "" if cut.limit is None else f" of {cut.limit:,} tokens"
            return (
                f"the label {label!r} cannot be explained: {where} left it out, as its texts differ only "
                f"behind the model's limit{limit} (undecidable); shorten it, or audit a model that reads more"
            )
        text = next((text for name, text in details.missing if name == label), None)
        if text is not None:
            return (
                f"the label {label!r} cannot be explained: {where} left it out, as the model has no vector "
                f"for {text!r}"
            )
    return ""
