"""Registry of factories by name."""

import pytest

from evenband.errors import InputError, UnknownReferenceError
from evenband.registry import Registry, nearest_few


def test_a_builtin_is_imported_on_first_use() -> None:
    """A ``module:attribute`` target is imported when it is asked for."""
    registry: Registry[float] = Registry("root", {"square": "math:sqrt"})
    assert registry.get("square")(9.0) == 3.0


def test_an_unknown_name_lists_what_exists_and_the_nearest() -> None:
    """An unknown name is answered with all names and the nearest one."""
    registry: Registry[float] = Registry("slot", {"wordnet": "math:sqrt", "letters": "math:sqrt"})
    with pytest.raises(
        UnknownReferenceError, match=r"did you mean 'wordnet'\? \(there are: letters, wordnet\)"
    ):
        registry.get("wordnt")


def test_a_duplicate_name_is_refused() -> None:
    """A name that is taken cannot be registered again."""
    registry: Registry[float] = Registry("slot", {"wordnet": "math:sqrt"})
    with pytest.raises(InputError, match="registered already"):
        registry.register("wordnet", float)


def test_iteration_is_sorted() -> None:
    """Listings are sorted, whatever the order of registration."""
    registry: Registry[float] = Registry("slot", {"b": "math:sqrt"})
    registry.register("a", float)
    assert list(registry) == ["a", "b"]


def test_a_name_that_was_taken_back_can_be_given_anew() -> None:
    """As when a notebook's cell runs again; a name that nobody has cannot be taken back."""
    registry: Registry[float] = Registry("slot", {})
    registry.register("root", float)
    registry.unregister("root")
    assert "root" not in registry
    registry.register("root", abs)
    assert registry.get("root") is abs
    with pytest.raises(UnknownReferenceError, match="no slot is called 'rot'; did you mean 'root'"):
        registry.unregister("rot")


def test_a_few_of_many_names_are_suggested() -> None:
    """A misspelling gives its name alone, a beginning gives names that go on, nonsense gives none."""
    names = ["comma", "comma8", "kit-comma", "negation", "negation-scope", "typo"]
    assert nearest_few("coma", names) == "; did you mean 'comma'?"
    assert nearest_few("neg", names) == "; did you mean 'negation' or 'negation-scope'?"
    assert nearest_few("qqqqq", names) == ""
    assert nearest_few("kit-comm", names, most=1) == "; did you mean 'kit-comma'?"
