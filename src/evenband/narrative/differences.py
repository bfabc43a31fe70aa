"""How far two references that should be one model differ, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from evenband.analysis import AgreementAudit
from evenband.narrative.formats import count, counted, fixed, significant
from evenband.types import ModelSpec, SentInput, Tokens, VerdictAgreement
from evenband.unshown_words import text_may_be_shown

SHOWN = 120
"""Characters of a text that a sentence or a table shows; summary.json has all of it."""

IDS_SHOWN = 48
"""Token ids of one input that a table shows; summary.json has all of them."""


def sentences_of(audit: AgreementAudit) -> Iterator[str]:
    """Yield what the comparison shows, the most important first."""
    yield headline(audit)
    if audit.tolerance is not None:
        yield limit_sentence(audit)
    if audit.overlap.value is not None:
        yield _neighbours(audit)
    yield _inputs(audit)
    if audit.measurement.details.verdicts is not None:
        yield verdict_sentence(audit, audit.measurement.details.verdicts)


def headline(audit: AgreementAudit) -> str:
    """Return how far the vectors differ at most, and what that is next to the noise floor."""
    measurement, largest = audit.measurement, audit.largest.value or 0.0
    left, right = measurement.details.left.name, measurement.subject.name
    texts = counted(len(measurement.items), "text")
    if largest == 0:
        return f"{left} and {right} give the same direction for every one of {texts}."
    start = (
        f"{left} and {right} differ by 1 − cosine of at most {significant(largest, 2)} "
        f"(median {significant(audit.median.value, 2)}) over {texts}."
    )
    if measurement.noise is None:
        return start
    floor = measurement.noise.floor
    if floor == 0:
        return f"{start} Embedded again, a text gets the very same vector on both sides."
    place = "within" if largest <= floor else f"{fixed(largest / floor, 1)} times"
    return f"{start} That is {place} the noise floor of {significant(floor, 2)}: a text embedded again."


def limit_sentence(audit: AgreementAudit) -> str:
    """Return whether the user's tolerance holds, and by how much it does not."""
    limit, largest = significant(audit.tolerance, 2), significant(audit.largest.value, 2)
    if audit.excess is None:
        return f"The tolerance of {limit} holds: the largest 1 − cosine is {largest}."
    text = _quoted(audit, audit.worst[0])
    beyond = int((audit.measurement.scores > (audit.tolerance or 0.0)).sum())
    return (
        f"The tolerance of {limit} is exceeded by {significant(audit.excess, 2)}, in {count(beyond)} of "
        f"{counted(len(audit.measurement.items), 'text')}: the largest 1 − cosine is {largest}, of {text}."
    )


def _quoted(audit: AgreementAudit, row: int) -> str:
    """Return a text in quotes; in its place that it is not shown, if it has a word that may be no example."""
    text = audit.measurement.items[row]
    is_shown = text_may_be_shown(audit.measurement.details.slot, text)
    return repr(shortened(text)) if is_shown else "a text that is not shown"


def _neighbours(audit: AgreementAudit) -> str:
    """Return how many nearest neighbours are the same on both sides."""
    k = audit.measurement.details.neighbours
    if audit.overlap_worst.value == 1:
        return f"Both sides give every text the same {k} nearest neighbours."
    text = _quoted(audit, audit.fewest_shared[0])
    mean, fewest = (k * (one.value or 0.0) for one in (audit.overlap, audit.overlap_worst))
    return (
        f"Of a text's {k} nearest neighbours {fixed(mean, 2)} are the same on both sides on average, "
        f"and {fixed(fewest, 0)} of {text}, which has the fewest."
    )


def _inputs(audit: AgreementAudit) -> str:
    """Return whether the difference begins with what the models are sent."""
    inputs = audit.measurement.details.inputs
    compared = [sent for sent in inputs if sent.differs is not None]
    if not compared:
        return "What the sides send to their models cannot be compared: a side does not tell its tokens."
    which = f"the {counted(len(compared), 'text')} that differ most"
    if len(compared) == 1:
        which = "the text that differs most"
    if not audit.reinterpreted:
        return f"Both sides send the same token ids for {which}: what differs comes after the tokenizer."
    return (
        f"The sides send different inputs for {count(len(audit.reinterpreted))} of {which}: "
        "look at prompts, tokenizer and truncation first."
    )


def verdict_sentence(audit: AgreementAudit, verdicts: VerdictAgreement) -> str:
    """Return whether an audit of the probe would say the same with either side."""
    sides = audit.measurement.details.left.name, audit.measurement.subject.name
    start = (
        f"Probe {verdicts.probe}, {counted(verdicts.cells, 'pair')} of texts: s differs by at most "
        f"{significant(verdicts.largest, 2)} (median {significant(verdicts.median, 2)})"
    )
    if all(verdicts.blind):
        return f"{start}; both sides are blind to the probe's change."
    if any(verdicts.blind):
        sees, not_sees = sides if verdicts.blind[1] else sides[::-1]
        return f"{start}; {sees} sees the probe's change, {not_sees} is blind to it."
    claims = _claims_in_words(*verdicts.claims)
    if not verdicts.changed:
        return f"{start}; no verdict and no claim changes ({claims})."
    return f"{start}; the verdict or claim of {counted(verdicts.changed, 'pair')} changes ({claims})."


def _claims_in_words(left: int | None, right: int | None) -> str:
    """Return how many outliers each side claims; a side that could test no cell claims none."""
    if left is None and right is None:
        return "no outlier could be tested"
    sides = ("not tested" if claimed is None else count(claimed) for claimed in (left, right))
    return f"{' and '.join(sides)} outliers are claimed"


def setting_differences(left: ModelSpec, right: ModelSpec) -> list[tuple[str, str, str]]:
    """Return the settings in which the sides differ: name of the setting, left, right."""
    sides = [_settings(spec) for spec in (left, right)]
    names = dict.fromkeys([*sides[0], *sides[1]])
    pairs = [(name, sides[0].get(name, "none"), sides[1].get(name, "none")) for name in names]
    return [(name, first, second) for name, first, second in pairs if first != second]


def _settings(spec: ModelSpec) -> dict[str, str]:
    """Return every field of a spec as text, one a setting."""
    values = spec.to_dict()
    prompts, options = values.pop("prompts"), values.pop("options")
    del values["notes"], values["role_notes"]  # they follow from the settings
    renamed = {"ref": "reference", "dim": "dimension"}
    return {
        **{
            renamed.get(key, key.replace("_", " ")): "none" if value is None else str(value)
            for key, value in values.items()
            if key != "name"
        },
        **{f"prompt for {role}": repr(text) for role, text in prompts.items()},
        **options,
    }


def sent(tokens: Tokens | None) -> tuple[str, str]:
    """Return the final text of an input, quoted, and its token ids."""
    if tokens is None:
        return "not known", ""
    ids = [str(one) for one in tokens.ids]
    if len(ids) > IDS_SHOWN:
        half = IDS_SHOWN // 2
        ids = [*ids[:half], "…", *ids[-half:]]
    return repr(shortened(tokens.text)), f"{counted(len(tokens.ids), 'token')}: {' '.join(ids)}"


def first_difference(inputs: SentInput) -> str:
    """Return where the two inputs part; empty where they do not, or a side cannot tell."""
    left, right = inputs.left, inputs.right
    if left is None or right is None or not inputs.differs:
        return ""
    if left.ids == right.ids:
        return "the same token ids of another text"
    shortest = min(len(left.ids), len(right.ids))
    place = next((k for k in range(shortest) if left.ids[k] != right.ids[k]), shortest)
    return f"differs from token {place + 1} on: {_token(left, place)} against {_token(right, place)}"


def _token(tokens: Tokens, place: int) -> str:
    """Return a token's id with its vocabulary entry, or that the input has ended."""
    if place >= len(tokens.ids):
        return "the end"
    piece = f" {tokens.pieces[place]!r}" if place < len(tokens.pieces) else ""
    return f"{tokens.ids[place]}{piece}"


def shortened(text: str, most: int = SHOWN) -> str:
    """Return a text, its middle left out if it is long."""
    half = most // 2
    return text if len(text) <= most else f"{text[:half]}…{text[1 - half :]}"
