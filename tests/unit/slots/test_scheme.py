"""The grammar of options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.slots.scheme import split_options

NAMES = ("root", "single", "matched")


def split(argument: str) -> tuple[str, dict[str, str | None]]:
    """root and single are flags, k needs a value, matched may have one."""
    return split_options("any", argument, flags=NAMES, valued=("matched", "k"))


def test_options_follow_the_last_at() -> None:
    """What stands before the last @ is the body, whatever it is."""
    assert split("a@b@root, k=3,matched") == ("a@b", {"root": None, "k": "3", "matched": None})
    assert split("person.n.01") == ("person.n.01", {})


@given(st.text(max_size=9), st.lists(st.sampled_from(NAMES), min_size=1))
def test_any_body_comes_back(body: str, flags: list[str]) -> None:
    """Splitting undoes joining."""
    assert split(f"{body}@{','.join(flags)}") == (body, dict.fromkeys(flags))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("x@rot", "has the option 'rot'; did you mean 'root'. .there are: k, matched, root, single."),
        ("x@root=2", "got 'root=2', expected 'root'"),
        ("x@k", "got 'k', expected 'k=VALUE'"),
        ("x@k=", "got 'k=', expected 'k=VALUE'"),
    ],
)
def test_a_bad_option_is_refused(argument: str, message: str) -> None:
    """The error says what was found and what was expected."""
    with pytest.raises(InputError, match=message) as caught:
        split(argument)
    assert f"'any:{argument}'" in str(caught.value)
