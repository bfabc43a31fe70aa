"""summary.json as plain data."""

from evenband import analysis
from evenband.analysis import Results
from unit.analysis.pairs.labelled import additive_table, audit, of_animals


def test_the_same_seed_gives_the_same_audit() -> None:
    """Intervals, power and order repeat."""
    one, two = (analysis.summarise(Results((audit(of_animals(additive_table(8))),))) for _ in range(2))
    assert one == two
