"""Default folder of a run: the same command finds its own results, and no other command does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenband.running.plan import Plan

RUNS = Path("evenband-runs")
"""Folder, in the working directory, of all runs without a folder of their own."""

MOST_LIST_CHARACTERS = 60
"""Length up to which a list of names is written out; a longer one is cut to its first names."""

MOST_WORD_CHARACTERS = 40
"""Length to which each word of a folder's name is cut."""

MOST_NAME_CHARACTERS = 200
"""Length to which all words of a folder's name are cut, before the digest."""

DIGEST_CHARACTERS = 6

_PLAIN_REFERENCE = re.compile(r"[a-z0-9]+(:[a-z0-9]+)?")


def default_folder(plan: Plan) -> Path:
    """Return the folder of a plan, such as ``evenband-runs/minilm+comma8``: what is asked for, in words.

    Where the words do not identify the run, six digits of a digest of the rest follow. That is so for models
    other than those that evenband names, for a list too long to be written out, and for the content of the
    user's own files and models: an edited file or a model that was trained again gets a folder of its own.

    Raises:
        EvenbandError: if a model's reference or a file of the user's cannot be read.
    """
    from evenband.digests import digest_of
    from evenband.encoders.redaction import redact
    from evenband.running import plan as plans

    words = _words(plan)
    name = "+".join(_clean(word)[:MOST_WORD_CHARACTERS] for word in words)[:MOST_NAME_CHARACTERS]
    is_whole = len(name) < MOST_NAME_CHARACTERS and max(map(len, words)) <= MOST_WORD_CHARACTERS
    if _is_identified(plan) and is_whole:
        return RUNS / name
    # A plan without a budget keeps the digest that it had before there were budgets.
    absent = {"budget", "predictor"} if plan.budget is None else set()
    rest = [
        redact(plan.model_dump(mode="json", exclude={"out", "probes", "skip_bad", *absent})),
        plans.list_probes(plan.probes),
    ]
    digest = digest_of([rest, _file_contents(plan), *_weight_digests(plan)])
    return RUNS / f"{name}-{digest[:DIGEST_CHARACTERS]}"


def _words(plan: Plan) -> list[str]:
    """Return everything that decides what is measured, in words; long lists are cut to their first names."""
    from evenband import encoders
    from evenband.running import plan as plans

    words = _shorten([encoders.name_of(ref) for ref in plan.models])
    words += [f"against-{encoders.name_of(plan.reference)}"] if plan.reference else []
    words += _shorten([_stem(name) for name in plans.list_probes(plan.probes)])
    words += [plan.suite] if plan.suite else []
    words += [f"terms-{Path(plan.terms).stem}"] if plan.terms else []
    words += [f"fresh{plan.fresh}"] if plan.fresh is not None else []
    words += [f"as-{plan.roles}"] if plan.roles != "probe" else []
    if plan.sample:
        words.append(f"{plan.sample}-seed{plan.seed}")
    elif plan.seed or plan.budget:
        words.append(f"seed{plan.seed}")
    words += [f"screened-{plan.screen}"] if plan.screen else []
    words += [f"budget{plan.budget}"] if plan.budget else []
    words += [f"by-{encoders.name_of(plan.predictor)}"] if plan.predictor else []
    return words


def _is_identified(plan: Plan) -> bool:
    """Return whether the words identify the run: only evenband's own names, none cut, and no own file."""
    from evenband import encoders, probes
    from evenband.running import plan as plans

    probe_names = plans.list_probes(plan.probes)
    lists = ([encoders.name_of(ref) for ref in plan.models], probe_names)
    return (
        all(_PLAIN_REFERENCE.fullmatch(ref) and ref in encoders.REGISTRY for ref in _models(plan))
        and set(probe_names) <= set(probes.names())
        and all(_shorten(names) == names for names in lists)
        and (plan.terms, plan.engine, plan.trust_remote_code) == (None, "auto", False)
    )


def _file_contents(plan: Plan) -> list[object]:
    """Return what comes of the user's own files: every text that is measured, and the columns beside it."""
    from evenband.running import plan as plans

    if plan.terms is None and not any(plans.is_file(name) for name in plans.list_probes(plan.probes)):
        return []
    return [
        [
            probe.spec.to_dict(),
            {key: [str(cell) for cell in column] for key, column in probe.slot.columns.items()},
        ]
        for probe in plans.load_probes(plan)
    ]


def _weight_digests(plan: Plan) -> list[str]:
    """Return digests of the models that lie in the user's own folders."""
    from evenband import encoders

    return [digest for digest in map(encoders.content_of, _models(plan)) if digest]


def _models(plan: Plan) -> list[str]:
    """Return references of all models that are measured, the reference model's last."""
    return [*plan.models, *filter(None, (plan.reference, plan.predictor))]


def _shorten(names: Sequence[str]) -> list[str]:
    """Return the names, or the first that there is room for and how many more there are."""
    first = list(names)
    while len(first) > 1 and len("+".join(first)) > MOST_LIST_CHARACTERS:
        first.pop()
    return first if len(first) == len(names) else [*first, f"and-{len(names) - len(first)}-more"]


def _stem(name: str) -> str:
    from evenband.running import plan as plans

    return Path(name).stem if plans.is_file(name) else name


def _clean(word: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", word, flags=re.ASCII)
