"""Choice of the measurement to explain a label in, where a run measured it in several."""

from __future__ import annotations

from collections.abc import Sequence

from evenband.analysis.pairs.orderings import has_distances
from evenband.analysis.pairs.scale import scale_of, z_of
from evenband.analysis.pairs.violations import is_blind
from evenband.errors import InputError
from evenband.registry import nearest
from evenband.types import PairsMeasurement


def choose(
    measurements: Sequence[PairsMeasurement],
    label: str,
    *,
    model: str | None = None,
    probe: str | None = None,
    reference: str | None = None,
) -> list[PairsMeasurement]:
    """Return the measurements that have a label, the most telling one first.

    Other models come before the reference, and probes whose change the model sees before those to which
    it is blind. Then models come in their order, and for one model the probe in which the label is
    farthest out.

    Args:
        measurements: of a run.
        label: value of the slot.
        model: name of the only model to look at, or the reference that it was loaded by.
        probe: name of the only probe to look at.
        reference: name of the model that the others are compared with.

    Raises:
        InputError: if there is no such model, probe or label; the message says what there is.
    """
    models = list(dict.fromkeys(measurement.subject.name for measurement in measurements))
    probes = list(dict.fromkeys(measurement.probe.name for measurement in measurements))
    _check("model", model, models, [measurement.subject.ref for measurement in measurements])
    _check("probe", probe, probes)
    asked_for = [one for one in measurements if _is_asked_for(one, model, probe)]
    asked_for = [one for one in asked_for if has_distances(one)] or asked_for
    if not any(has_distances(one) for one in asked_for):
        raise InputError(
            f"{asked_for[0].subject.name} is a reranker, which has no distance between texts: "
            "there is nothing to explain; name an encoder of the run with --model"
        )
    with_label = [one for one in asked_for if label in one.items]
    if not with_label:
        labels = list(dict.fromkeys(value for one in asked_for for value in one.items))
        raise InputError(
            _left_out(asked_for, label) or f"no label {label!r} was measured{nearest(label, labels)}"
        )

    def rank(measurement: PairsMeasurement) -> tuple[bool, bool, int, float]:
        name, scale = measurement.subject.name, scale_of(measurement)
        farthest_z = float(z_of(measurement, scale)[measurement.items.index(label)].max())
        return name == reference, is_blind(measurement, scale), models.index(name), -farthest_z

    return sorted(with_label, key=rank)


def _is_asked_for(measurement: PairsMeasurement, model: str | None, probe: str | None) -> bool:
    """Return whether a measurement is of the model and the probe; ``None`` stands for any."""
    subject = measurement.subject
    return model in (None, subject.name, subject.ref) and probe in (None, measurement.probe.name)


def _check(what: str, wanted: str | None, names: Sequence[str], aliases: Sequence[str] = ()) -> None:
    """Raise InputError if what is wanted has none of the names and aliases."""
    if wanted is not None and wanted not in (*names, *aliases):
        raise InputError(
            f"no {what} {wanted!r} was measured{nearest(wanted, names)} (there are: {', '.join(names)})"
        )


def _left_out(measurements: Sequence[PairsMeasurement], label: str) -> str:
    """Say why a label of a probe has no figures; empty if no probe has it."""
    for measurement in measurements:
        details = measurement.details
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
