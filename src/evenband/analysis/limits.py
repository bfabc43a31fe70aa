"""Limits that several analyses share; each has its one home here, so that "far" is the same everywhere.

A distance is d = 1 - s, with s the cosine similarity of a pair. z is the log-MAD z: the log-distance less
its median, over a robust scale (:func:`evenband.stats.dispersion.log_mad_z`). The noise floor is the largest
distance between two embeddings of one text: how exact the model's distances are.
"""

from __future__ import annotations

LEVEL = 0.05
"""False discovery rate at which an outlier, a move against the reference or a harder draw is claimed."""

FAR = 3.5
"""z from which a cell, or a label's effect over all templates, is far out (Iglewicz and Hoaglin 1993)."""

FRAGILE = 3.0
"""Mean z over the control perturbations from which a label moves under any change."""

RULE = 1.5
"""Factor, against the reference, from which a change that moves all labels has become a rule."""

BLIND_FLOORS = 3
"""Number of noise floors below which a distance is no signal; a model is blind where the median is."""

LABELS_FOR_BAND = 200
"""Number of labels that a band of scores needs."""

LABELS_FOR_TAIL = 1_000
"""Number of labels that the tail of a band needs."""

LABELS_FOR_REGRESSION = 20
"""Number of labels below which no regression over labels makes sense."""

TEMPLATES_FOR_CELLS = 4
"""Number of templates from which a cell can be told from its label, and intervals cover the templates."""

NEAR_CONSTANT = 0.6
"""AUC below which another label's text is about as near as the cell's own, as for a constant encoder."""

LABELS_FOR_GRADE = 25
"""Number of labels below which a family gets no grade.

With fewer, no grade could be certain: the 90% interval of a family all of whose cells pass, or none, still
reaches beyond ``NEARLY_ALL`` (Wilson's interval of n in n ends at n / (n + 2.71)).
"""

NEARLY_ALL = 0.9
"""Pass rate from which a family is reliable; up to 1 minus it, the family fails (uniformity 0.64)."""
