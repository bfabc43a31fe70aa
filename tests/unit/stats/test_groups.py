"""Groups of rows, what joins them, and which columns they exclude."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.stats.groups import exclude_linked, group, join

codes = st.lists(st.integers(0, 5), min_size=1, max_size=12)


@given(codes)
def test_groups_are_numbered_by_their_first_rows(names: list[int]) -> None:
    """Equal codes share a number, numbers follow the order of first rows, and repeats are all other rows."""
    groups = group(len(names), names)
    order = list(dict.fromkeys(names))
    assert groups.of.tolist() == [order.index(name) for name in names]
    assert groups.first.tolist() == [names.index(name) for name in order]
    assert sorted([*groups.first.tolist(), *groups.repeats.tolist()]) == list(range(len(names)))
    assert groups.sizes.tolist() == [names.count(name) for name in names]
    assert groups.are_single == (len(set(names)) == len(names))


@given(st.integers(1, 12), st.data())
def test_joined_groups_are_connected_components(n: int, data: st.DataObject) -> None:
    """Rows are joined if a chain of rows with a common code in some partition connects them."""
    partitions = [data.draw(st.lists(st.integers(0, 8), min_size=n, max_size=n)) for _ in range(2)]
    reach = np.array([[any(p[i] == p[j] for p in partitions) for j in range(n)] for i in range(n)])
    for _ in range(n):
        reach = reach @ reach
    of = join(n, partitions).of
    assert ((of[:, None] == of[None, :]) == reach).all()


@given(codes, st.data())
def test_excluded_columns_are_those_of_any_twin(rows: list[int], data: st.DataObject) -> None:
    """A row excludes the column groups of all rows in its own group, and no others."""
    n = len(rows)
    columns = data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    left, right = group(n, rows), group(n, columns)
    linked = exclude_linked(left, right)
    table = np.zeros((n, len(right)), dtype=bool)
    table[linked.cells(slice(0, n))] = True
    expected = {(i, int(right.of[j])) for i in range(n) for j in range(n) if rows[i] == rows[j]}
    assert {(int(i), int(j)) for i, j in np.argwhere(table)} == expected
    assert linked.counts.tolist() == table.sum(axis=1).tolist()


def test_without_codes_each_row_is_alone() -> None:
    """Without codes, and with partitions of single rows only, nothing is joined."""
    assert group(3, None).are_single
    assert join(3, [[0, 1, 2]]).of.tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="expected one per row"):
        group(3, [1, 2])
