"""The user's own examples together with those made from a family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.train.training_examples import Examples
from evenband.wording import counted


def with_held_out_rows(own: Examples, held_out: Iterable[MinimalPairs]) -> Examples:
    """Return the user's examples with a remark on rows that hold a text which is measured as new.

    Capitals and spaces do not count.

    Args:
        own: of the user.
        held_out: probes whose texts are not trained on otherwise.
    """
    texts = {
        _plain(text)
        for probe in held_out
        for template in probe.templates
        for column in probe.texts(template)
        for text in column
    }
    rows = sum(any(_plain(text) in texts for text in row) for row in zip(*own.texts, strict=True))
    if not rows:
        return own
    hold = "holds" if rows == 1 else "hold"
    remark = (
        f"{counted(rows, 'row')} of {own.source} {hold} texts that are measured as new: the gain on new "
        "texts may be too high"
    )
    return replace(own, remarks=(*own.remarks, remark))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def mixed(own: Examples | None, generated: Examples) -> Examples:
    """Return the user's examples and generated triplets as one set.

    Pairs get the positive of another row as their negative, which InfoNCE takes as one anyway. Beside scored
    pairs, a triplet becomes a pair of score 1 and one of score 0.
    """
    if own is None:
        return generated
    anchors, positives, negatives = generated.texts
    source = f"{own.source} and {generated.source}"
    if own.kind == "scored":
        pairs = (own.texts[0] + anchors + anchors, own.texts[1] + positives + negatives)
        scores = own.scores + (1.0,) * len(anchors) + (0.0,) * len(anchors)
        return Examples("scored", pairs, scores, source=source, remarks=own.remarks)
    own = own.one_negative_each()
    columns = own.texts if own.kind == "triplets" else (*own.texts, _shifted(own.texts))
    texts = tuple(one + other for one, other in zip(columns, generated.texts, strict=True))
    return Examples("triplets", texts, source=source, remarks=own.remarks)


def _shifted(texts: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Return for each pair the positive of a later row that is none of its own texts."""
    anchors, positives = texts
    n = len(anchors)
    found = []
    for row in range(n):
        own = {anchors[row], positives[row]}
        later = (positives[(row + shift) % n] for shift in range(1, n))
        found.append(next((text for text in later if text not in own), positives[row - 1]))
    return tuple(found)
