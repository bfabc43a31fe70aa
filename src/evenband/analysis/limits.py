"""Limits that several analyses share: one definition of far, of blind, of claimed, of enough."""

from __future__ import annotations

LEVEL = 0.05
"""False discovery rate at which an outlier, a move or a harder draw is claimed."""

FAR = 3.5
"""log-MAD z from which a cell, or a label's effect, is far out (Iglewicz and Hoaglin 1993)."""

FRAGILE = 3.0
"""Mean z over the control perturbations from which a label moves under any change."""

RULE = 1.5
"""A change that moves all labels so many times as far as in the reference has become a rule."""

BLIND_FLOORS = 3
"""A median distance of fewer noise floors than this is no signal: the model is blind to the change."""

BAND, TAIL = 200, 1_000
"""Labels that a band needs, and that a tail needs."""

TEMPLATES = 4
"""Templates from which a cell can be told from its label, and intervals cover the choice of sentence."""

NEAR_CONSTANT = 0.6
"""AUC below which another label's text is about as near as the cell's own."""

NEARLY_ALL = 0.9
"""A family is called reliable, or failing, if nine cells in ten behave alike (uniformity .64 and more)."""
