"""Pass criteria of the probe types: orderings of similarities, without any threshold.

* INV, the change keeps the meaning: text b is nearer to text a than the text a of any of 149 other labels,
  so the change moves a text less than another label does (:class:`evenband.stats.neighbours.Neighbours`).
* DIFF, the change alters the meaning: a paraphrase is nearer to text a than the changed text.
* ORDER: the relevant text is nearer to the query than the irrelevant one.

Ties count one half.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenband.types import ProbeType, Scores


def passes(type_: ProbeType, scores: Sequence[Scores], tie: float) -> Scores:
    """Return 1 where the ordering holds, 1/2 at a tie, else 0; the mean over all the other texts.

    Shape: similarities of text a to texts b, c ..., (n,) each -> (n,).

    Args:
        type_: DIFF, where c, d ... must be nearer than b, or ORDER, where b must be nearer than c, d ...
        scores: similarities to texts b, c ...; two arrays or more.
        tie: difference up to which two similarities are equal.
    """
    margins = margin(type_, scores)
    return np.asarray(np.where(margins > tie, 1.0, np.where(margins < -tie, 0.0, 0.5)).mean(axis=0))


def margin(type_: ProbeType, scores: Sequence[Scores]) -> Scores:
    """Return by how much each ordering holds; negative where it is violated.

    Shape: k similarities of text a to texts b, c ..., (n, ...) each -> (k - 1, n, ...).

    Args:
        type_: DIFF or ORDER, as for :func:`passes`.
        scores: similarities to texts b, c ...; two arrays or more.
    """
    first, others = scores[0], np.stack(scores[1:])
    return np.asarray(others - first if type_ == "DIFF" else first - others)
