"""Letter ablation: a probe's templates filled with one word, each letter in one place of it."""

from __future__ import annotations

from evenband import slots
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.running.plan import Plan, load_probes


def letter_probe(plan: Plan, pattern: str) -> MinimalPairs:
    """Return the letter ablation of a plan's first probe.

    Args:
        plan: names the probe.
        pattern: a word with one ``?`` where all 26 letters go, such as ``grand?a``; real words matched to
            these are added.

    Raises:
        InputError: if the pattern has not exactly one ``?``, or the probe does not exist.
    """
    probe = load_probes(plan)[0]
    return MinimalPairs(
        name=f"{probe.name}-letters",
        type=probe.type,
        effect=probe.effect,
        why=probe.why,
        slot=slots.load(f"letters:{pattern}@matched"),
        templates=probe.templates,
    )
