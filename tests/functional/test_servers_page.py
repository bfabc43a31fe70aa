"""docs/servers.md says what the adapters do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evenband import encoders
from evenband.encoders.references import KEY_ENV
from evenband.encoders.remote.apis import APIS, SERVER, Adapter
from evenband.encoders.remote.known_models import DRIFTED
from evenband.encoders.remote.request_pool import Policy
from evenband.encoders.remote.target import REQUESTS, TIMEOUT, options_of
from evenband.running.costs import LARGE_RUN

PAGE = (Path(__file__).parents[2] / "docs" / "servers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("adapter", APIS.values(), ids=lambda adapter: adapter.name)
def test_the_row_of_an_api_has_its_keys_its_batch_and_its_roles(adapter: Adapter) -> None:
    [row] = re.findall(
        rf"^\| `({adapter.example})` \| (.*?) \| (\d+) \| (.*?) \| (.*?) \|$", PAGE, flags=re.M
    )
    assert re.findall(r"`(\w+)`", row[1]) == list(adapter.key_names)
    assert int(row[2]) == adapter.most_texts
    assert all(name in row[3] for name in adapter.roles.values())
    assert row[4] == (f"**{adapter.required_role}**" if adapter.required_role else "as they are")
    about = (encoders.REGISTRY.get(adapter.name).__doc__ or "").partition("\n")[0]
    assert adapter.example in about
    assert adapter.key_names[0] in about


def test_the_table_of_options_has_them_all() -> None:
    table = PAGE.split("## Options")[1].split("##")[0]
    named = {
        name
        for cell in re.findall(r"^\| (.*?) \|", table, flags=re.M)
        for name in re.findall(r"`(\w+)=", cell)
    }
    reference = encoders.Reference("http://h", "http", "http://h")
    known = {*options_of(SERVER, reference), *options_of(APIS["jina"], reference)}
    assert named == known
    assert KEY_ENV in named


def test_the_figures_are_those_of_the_code() -> None:
    assert "after eight tries" in PAGE
    assert (Policy().tries, Policy().base, Policy().longest, Policy().patience) == (8, 0.5, 30, 15 * 60)
    assert f"more than {DRIFTED:g}".replace("0.", ".") in PAGE
    assert f"{LARGE_RUN:,} tokens" in PAGE
    assert f"`requests={REQUESTS}`" in PAGE
    assert f"`timeout={TIMEOUT}`" in PAGE
