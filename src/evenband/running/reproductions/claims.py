"""Claims: the content of ``reproductions/data/*.toml``, one file each, and of the user's own such files."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evenband.errors import InputError, UnknownReferenceError
from evenband.probes.files import toml
from evenband.registry import nearest
from evenband.running.reproductions.extras import check_extras
from evenband.stats.levels import Grid

Expectation: TypeAlias = bool | int | float | str | tuple[float, ...] | tuple[str, ...]
"""What a figure is expected to be; a list holds the first entries of a longer one."""


Origin: TypeAlias = Literal["published", "third party", "ours"]
"""Whose figure it is: the source's, somebody else's about it, or one that evenband measured first."""


class Part(BaseModel):
    """Base of all parts of a claim: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(Part):
    """Where a figure is found.

    Attributes:
        figure: path in the result that ``summary.json`` has of the model and probe, such as
            ``quantiles.q05``, or in what ``evenband analogy --json`` prints:
            ``nearest[convention=raw].scores``. With ``labels`` it is the ``lowest`` or ``highest`` of their
            scores.
        labels: labels whose scores are meant, in the probe's only template.
        model: reference of the model; not needed where there is one.
        probe: name of the probe; not needed where there is one.
        expression: the expression of an arithmetic; not needed where there is one.
    """

    figure: str = "lowest"
    labels: tuple[str, ...] = ()
    model: str | None = None
    probe: str | None = None
    expression: str | None = None

    @model_validator(mode="after")
    def _has_place(self) -> Figure:
        if self.labels and self.figure not in ("lowest", "highest"):
            raise ValueError(f"lowest or highest beside labels, got the figure {self.figure!r}")
        if not self.labels and self.figure in ("lowest", "highest"):
            raise ValueError(f"labels beside the figure {self.figure!r}")
        return self


class Bound(Figure):
    """A figure that another one is above or below.

    Attributes:
        bands: how far beyond it, in widths of the same measurement's band (from its 5% to its 95% quantile).
    """

    bands: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class Expected(Figure):
    """One figure of a claim.

    Attributes:
        claim: what the source says, in words.
        origin: whose figure it is; the claim's origin if not given.
        value: what the figure is; within the tolerance where it is a number.
        tolerance: largest difference from the value, 0 or more.
        above: what the figure is above.
        below: what the figure is below.
        grid: number format to whose grid the figure is rounded first, as the source's scores were.
    """

    claim: str
    origin: Origin | None = None
    value: Expectation | None = None
    tolerance: float = Field(default=0.0, ge=0)
    above: float | Bound | None = None
    below: float | Bound | None = None
    grid: Grid | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> Expected:
        if self.value is None and self.above is None and self.below is None:
            raise ValueError(f"a value, above or below for {self.claim!r}")
        if self.value == ():
            raise ValueError(f"a list with one entry or more as the value of {self.claim!r}")
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        numbers = [one for one in (*values, self.tolerance, self.above, self.below) if isinstance(one, float)]
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"finite numbers as value, tolerance and bounds of {self.claim!r}")
        return self


class OwnFile(Part):
    """A file that the user must have; ``{name}`` in references stands for its path.

    Attributes:
        called: the name that it was published under.
        about: what it is and where it comes from.
    """

    called: str
    about: str = ""


class Needs(Part):
    """What a claim needs.

    Attributes:
        extras: evenband's extras.
        memory: GiB of memory.
        gpu_memory: GiB of a GPU's memory; 0 for none.
        hub: models that are downloaded from the Hugging Face hub.
        download: GB to download from it.
        minutes: how long it takes about, on two processors, or on the GPU.
        files: files of the user's own, by their names for ``--file``.
    """

    extras: tuple[str, ...] = ()
    memory: float = Field(default=0.0, ge=0)
    gpu_memory: float = Field(default=0.0, ge=0)
    hub: tuple[str, ...] = ()
    download: float = Field(default=0.0, ge=0)
    minutes: float = Field(default=1.0, gt=0)
    files: Mapping[str, OwnFile] = Field(default_factory=dict)


class Solvable(Part):
    """An expression, as ``evenband analogy`` takes it: its nearest words, or its cosine with another one."""

    model: str
    expression: str
    against: str | None = None
    vocabulary: int | None = Field(default=None, ge=1)


class Claim(Part):
    """A published claim.

    Attributes:
        title: in a few words.
        source: who says so, and where.
        origin: of the figures that name no other: ``published``, ``third party`` for what somebody else
            says, or ``ours`` for figures that evenband measured first.
        date: of the source, in ISO 8601.
        note: what a reader must know to read the result.
        needs: what it takes.
        audit: options of ``evenband audit``, with the keys of a plan file.
        retrieval: options of ``evenband retrieve`` in place of an audit: ``dataset``, ``models``, ``k`` ...
        arithmetic: expressions to work out.
        expected: the figures.
    """

    title: str
    source: str
    origin: Origin = "published"
    date: str = ""
    note: str = ""
    needs: Needs = Needs()
    audit: Mapping[str, Any] | None = None
    retrieval: Mapping[str, Any] | None = None
    arithmetic: tuple[Solvable, ...] = ()
    expected: tuple[Expected, ...] = Field(min_length=1)
    name: str = ""

    @model_validator(mode="after")
    def _measures_something(self) -> Claim:
        if self.audit is None and self.retrieval is None and not self.arithmetic:
            raise ValueError("a table [audit], [retrieval] or [[arithmetic]] that says what to measure")
        if self.audit is not None and self.retrieval is not None:
            raise ValueError("one of [audit] and [retrieval], got both")
        if self.retrieval is not None and "dataset" not in self.retrieval:
            raise ValueError("a dataset in [retrieval]")
        return self

    def origin_of(self, expected: Expected) -> Origin:
        """Return whose figure one is."""
        return expected.origin or self.origin


def list_claims() -> list[Claim]:
    """Return the claims that ship with evenband, by name.

    Raises:
        InputError: if a file is not valid.
    """
    folder = resources.files("evenband.running.reproductions") / "data"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name)
    return [
        _named(toml.parse(file.read_text(encoding="utf-8"), file.name, Claim), file.name) for file in files
    ]


def find_claim(name: str) -> Claim:
    """Return a claim by its name, or read it from a ``.toml`` file of the user's.

    Raises:
        InputError: if the file cannot be read or is not valid.
        UnknownReferenceError: if none has that name.
    """
    if name.endswith(".toml"):
        return _named(toml.read(Path(name), Claim), Path(name).name)
    claims = {claim.name: claim for claim in list_claims()}
    if name not in claims:
        raise UnknownReferenceError(
            f"no claim is called {name!r}{nearest(name, claims)} (there are: {', '.join(claims)})"
        )
    return claims[name]


def _named(claim: Claim, file: str) -> Claim:
    """Return a claim under its file's name; its references may name its own files only.

    Raises:
        InputError: naming a file that is not among the claim's needs, or an extra that there is not.
    """
    check_extras(claim.needs.extras, file)
    asked = claim.audit or claim.retrieval or {}
    named = [*asked.get("models", ()), *([asked["dataset"]] if "dataset" in asked else [])]
    for reference in [*named, *(one.model for one in claim.arithmetic)]:
        for gap in re.findall(r"\{([a-z_]+)\}", str(reference)):
            if gap not in claim.needs.files:
                raise InputError(f"{file}: {reference!r} needs a file {gap!r}, expected it in [needs.files]")
    return claim.model_copy(update={"name": file.removesuffix(".toml")})
