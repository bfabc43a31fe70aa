"""The chart library is bundled while a model loads."""

from evenband.report import bundle


def test_what_was_prepared_is_what_is_used() -> None:
    """After the background thread the library is there, and it is the same one."""
    thread = bundle.prepare()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert bundle.chart_library.cache_info().currsize == 1
    assert "vegaEmbed" in bundle.chart_library()
