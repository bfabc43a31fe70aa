"""summary.json as plain data."""

from evenband import analysis
from evenband.analysis import Results
from unit.analysis.pairs.labelled import additive_table, audit, of_animals


def test_the_same_seed_gives_the_same_audit() -> None:
    """Intervals, power and order repeat."""
    measured = of_animals(additive_table(4)[:240])
    one, two = (analysis.summarise(Results((audit(measured, detailed=True),))) for _ in range(2))
    assert one == two
    assert one["results"][0]["structure"]["power"] is not None
