"""One sentence on whether a training's gain holds elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenband.analysis.pairs.transfer_verdicts import TransferJudgement, TransferVerdict
from evenband.narrative.formats import bracketed, short, signed
from evenband.types.transfers import TransferLine
from evenband.wording import counted, listed

_SAID: Mapping[TransferVerdict, str] = {
    "transfers": "the gain transfers",
    "in part": "the gain transfers in part",
    "cherry-picked": "the gain is cherry-picked",
    "undecided": "whether the gain transfers is undecided",
    "no gain": "nothing was surely gained, even on the texts of the training",
}

RETRIEVAL_MATTERS = 0.005
"""Change of a retrieval metric from which on it is told."""


def transfer_sentence(family: str, judgement: TransferJudgement, retrieval: Sequence[TransferLine]) -> str:
    """Say whether a gain transfers, and what it costs, with figures."""
    said = _SAID[judgement.verdict]
    trained, new = judgement.trained, judgement.new
    parts = [
        f"{family}: {said}: the pass rate goes from {short(trained.before)} to {short(trained.after)} on the "
        f"texts of the training and from {short(new.before)} to {short(new.after)} on new sentences with new "
        f"fillers ({bracketed(new.change, signed)})"
    ]
    if judgement.others.value is not None:
        families = counted(judgement.others.n, "other family", "other families")
        parts.append(f"{families} change by {bracketed(judgement.others, signed)} on average")
    if judgement.losers:
        names = listed(f"{line.name} {signed(line.change.value)}" for line in judgement.losers)
        parts.append(f"these surely lose: {names}")
    parts += [
        f"{line.name} goes from {line.before:.3f} to {line.after:.3f}"
        for line in retrieval
        if abs(line.after - line.before) >= RETRIEVAL_MATTERS
    ]
    return "; ".join(parts) + "."
