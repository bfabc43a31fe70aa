"""The folder of a run that was given none: the same command finds its own results, no other does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenband.running.plan import Plan

RUNS = Path("evenband-runs")
LIST, WORD, WHOLE = 60, 40, 200
"""Characters of a list of names, of one word, and of all before the digest."""

DIGITS = 6
_PLAIN = re.compile(r"[a-z0-9]+(:[a-z0-9]+)?")


def default_folder(todo: Plan) -> Path:
    """``evenband-runs/minilm+comma8``: what is asked for, in words.

    Where the words do not say everything, six digits of the rest follow: models other than those that
    evenband names, a list too long to be told, and the content of the user's own files and models, so
    that an edited file or a model that was trained again gets a folder of its own.

    Raises:
        EvenbandError: if a model's reference or a file of the user's cannot be read.
    """
    from evenband.digests import digest_of
    from evenband.running import plan

    words = _words(todo)
    name = "+".join(_clean(word)[:WORD] for word in words)[:WHOLE]
    if _is_said(todo) and len(name) < WHOLE and max(map(len, words)) <= WORD:
        return RUNS / name
    rest = [todo.model_dump(mode="json", exclude={"out", "probes"}), plan.list_probes(todo.probes)]
    return RUNS / f"{name}-{digest_of([rest, _contents(todo), *_weights(todo)])[:DIGITS]}"


def _words(todo: Plan) -> list[str]:
    """Everything that decides what is measured, in words; long lists cut to their first names."""
    from evenband import encoders
    from evenband.running import plan

    words = _shorten([encoders.name_of(ref) for ref in todo.models])
    words += [f"against-{encoders.name_of(todo.reference)}"] if todo.reference else []
    words += _shorten([_stem(name) for name in plan.list_probes(todo.probes)])
    words += [todo.suite] if todo.suite else []
    words += [f"terms-{Path(todo.terms).stem}"] if todo.terms else []
    words += [f"fresh{todo.fresh}"] if todo.fresh is not None else []
    words += [f"as-{todo.roles}"] if todo.roles != "probe" else []
    if todo.sample:
        words.append(f"{todo.sample}-seed{todo.seed}")
    elif todo.seed:
        words.append(f"seed{todo.seed}")
    words += [f"screened-{todo.screen}"] if todo.screen else []
    return words


def _is_said(todo: Plan) -> bool:
    """Whether words tell everything: names that evenband gives, all of them, and no own file."""
    from evenband import encoders, probes
    from evenband.running import plan

    named = plan.list_probes(todo.probes)
    lists = ([encoders.name_of(ref) for ref in todo.models], named)
    return (
        all(_PLAIN.fullmatch(ref) and ref in encoders.REGISTRY for ref in _models(todo))
        and set(named) <= set(probes.names())
        and all(_shorten(names) == names for names in lists)
        and (todo.terms, todo.engine, todo.trust_remote_code) == (None, "auto", False)
    )


def _contents(todo: Plan) -> list[object]:
    """What the user's own files say: every text that comes of them, and what is told beside it."""
    from evenband.running import plan

    if todo.terms is None and not any(plan.is_file(name) for name in plan.list_probes(todo.probes)):
        return []
    return [
        [
            probe.spec.to_dict(),
            {key: [str(cell) for cell in column] for key, column in probe.slot.columns.items()},
        ]
        for probe in plan.load_probes(todo)
    ]


def _weights(todo: Plan) -> list[str]:
    """Digests of the models that lie in folders of the user's."""
    from evenband import encoders

    return [content for content in map(encoders.content_of, _models(todo)) if content]


def _models(todo: Plan) -> list[str]:
    """References of all that are measured, the reference model's last."""
    return [*todo.models, *([todo.reference] if todo.reference else [])]


def _shorten(names: Sequence[str]) -> list[str]:
    """The names, or as many of the first as there is room for and how many there are."""
    kept = list(names)
    while len(kept) > 1 and len("+".join(kept)) > LIST:
        kept.pop()
    return kept if len(kept) == len(names) else [*kept, f"and-{len(names) - len(kept)}-more"]


def _stem(name: str) -> str:
    from evenband.running import plan

    return Path(name).stem if plan.is_file(name) else name


def _clean(word: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", word, flags=re.ASCII)
