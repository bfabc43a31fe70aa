"""Published claims about models, each in a file, and the check whether they hold here.

A claim names what to measure in evenband's own terms, what is expected of it with a tolerance, where that was
published, and what it needs. It is measured as ``evenband audit`` and ``evenband analogy`` do; nothing here
measures in a way of its own.
"""

from evenband.running.reproductions.claims import Claim, find_claim, list_claims
from evenband.running.reproductions.earlier_measurements import Earlier
from evenband.running.reproductions.expectations import Checked
from evenband.running.reproductions.needs import missing_for, remarks_on
from evenband.running.reproductions.reproducing import Reproduction, reproduce, todo_of

__all__ = [
    "Checked",
    "Claim",
    "Earlier",
    "Reproduction",
    "find_claim",
    "list_claims",
    "missing_for",
    "remarks_on",
    "reproduce",
    "todo_of",
]
