"""One claim measured, and its figures held against what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenband import report
from evenband.errors import InputError
from evenband.probes.analogy import WordSpace
from evenband.running import plan as plans
from evenband.running.arithmetic_runs import hold_against, solve
from evenband.running.plan import Plan
from evenband.running.reproductions.claims import Claim, Solvable
from evenband.running.reproductions.earlier_measurements import Earlier, find_earlier
from evenband.running.reproductions.expectations import Checked, Found
from evenband.running.reproductions.needs import missing_for
from evenband.running.retrieval_plans import RetrievalPlan, build_retrieval
from evenband.running.retrieval_runs import run_retrieval
from evenband.running.session import Session
from evenband.running.sinks import DirectorySink
from evenband.running.subjects import load_subject
from evenband.types import Encoder, Progress


@dataclass(frozen=True)
class Todo:
    """A claim with the user's files in place.

    Attributes:
        claim: what to reproduce.
        plan: what to audit; ``None`` for nothing.
        retrieval: what to search; ``None`` for nothing.
        arithmetic: expressions to work out.
        trust_remote_code: whether code that came with a model may run.
    """

    claim: Claim
    plan: Plan | None
    arithmetic: tuple[Solvable, ...]
    trust_remote_code: bool = False
    retrieval: RetrievalPlan | None = None


@dataclass(frozen=True)
class Reproduction:
    """The result of one claim.

    Attributes:
        claim: what was reproduced.
        checked: its figures, in the claim's order.
        out: run directory of its audit; ``None`` without one.
        earlier: what of it was measured before; ``None`` if nothing was.
    """

    claim: Claim
    checked: tuple[Checked, ...]
    out: Path | None
    earlier: Earlier | None = None

    @property
    def passed(self) -> bool:
        """Whether all figures are as expected."""
        return all(one.passed for one in self.checked)

    def __repr__(self) -> str:
        held = sum(one.passed for one in self.checked)
        return f"<{self.claim.name}: {held} of {len(self.checked)} figures as expected>"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {
            "name": self.claim.name,
            "title": self.claim.title,
            "source": self.claim.source,
            "origin": self.claim.origin,
            "passed": self.passed,
            "earlier": None if self.earlier is None else self.earlier.to_dict(),
            "figures": [
                {
                    **one.expected.model_dump(mode="json"),
                    "origin": self.claim.origin_of(one.expected),
                    "above": one.above,
                    "below": one.below,
                    "found": one.found,
                    "passed": one.passed,
                }
                for one in self.checked
            ],
        }


def todo_of(
    claim: Claim,
    files: Mapping[str, Path] | None = None,
    *,
    anyway: bool = False,
    trust_remote_code: bool = False,
) -> Todo:
    """Return what a claim asks for here, with the user's files in place.

    Args:
        claim: what to reproduce.
        files: paths of the claim's files, by their names.
        anyway: try with less memory than the claim needs, and without a GPU.
        trust_remote_code: run code that came with a model.

    Raises:
        InputError: if something is missing here, a file does not exist, or the claim knows no such file.
    """
    given = dict(files or {})
    for name, path in given.items():
        if name not in claim.needs.files:
            names = ", ".join(claim.needs.files) or "none"
            raise InputError(f"--file {name}: {claim.name} needs no file of that name (it needs: {names})")
        if not path.exists():
            raise InputError(f"--file {name}: {path}: no such file or folder")
    missing = missing_for(claim, given, cautious=not anyway)
    if missing:
        raise InputError(f"{claim.name} cannot run here; it needs {'; '.join(missing)}")
    filled = {name: str(path) for name, path in given.items()}
    plan = None if claim.audit is None else _plan_of(claim.audit, filled, trust_remote_code)
    expressions = tuple(
        one.model_copy(update={"model": _filled(one.model, filled)}) for one in claim.arithmetic
    )
    retrieval = None if claim.retrieval is None else _retrieval_of(claim.retrieval, filled, trust_remote_code)
    return Todo(claim, plan, expressions, trust_remote_code, retrieval)


def _plan_of(audit: Mapping[str, Any], files: Mapping[str, str], trusts: bool) -> Plan:
    """Return the plan of a claim's audit."""
    models = tuple(_filled(str(ref), files) for ref in audit.get("models", ()))
    return plans.build(**{**audit, "models": models, "trust_remote_code": trusts})


def _retrieval_of(asked: Mapping[str, Any], files: Mapping[str, str], trusts: bool) -> RetrievalPlan:
    """Return the plan of a claim's retrieval.

    Raises:
        InputError: if it has an option that ``evenband retrieve`` does not have.
    """
    models = [_filled(str(ref), files) for ref in asked.get("models", ())]
    options = {key: value for key, value in asked.items() if key not in ("dataset", "models")}
    dataset = _filled(str(asked["dataset"]), files)
    try:
        return build_retrieval(dataset, models, **options, trust_remote_code=trusts)
    except TypeError as error:
        raise InputError(f"[retrieval] has an option that is none of evenband retrieve: {error}") from None


def _filled(reference: str, files: Mapping[str, str]) -> str:
    for name, path in files.items():
        reference = reference.replace(f"{{{name}}}", path)
    return reference


def reproduce(
    todo: Todo,
    out: Path,
    *,
    models: Sequence[Encoder] | None = None,
    progress: Progress | None = None,
    command: Sequence[str] = (),
) -> Reproduction:
    """Measure what a claim asks for, and check its figures.

    Args:
        todo: the claim, ready to run.
        out: run directory of its audit or retrieval; what it holds is not measured again.
        models: encoders to audit in place of the claim's references.
        progress: told how far it is.
        command: what the user typed, for the manifest.

    Raises:
        EvenbandError: if a model or the directory cannot be used, or a figure is nowhere in the results.
    """
    results = earlier = None
    if todo.plan is not None or todo.retrieval is not None:
        report.prepare()
        sink = DirectorySink(out)
        before = sink.manifest
        if todo.retrieval is not None:
            results = run_retrieval(todo.retrieval, sink, models, progress=progress, command=command)
        elif todo.plan is not None:
            results = Session(todo.plan, sink, progress=progress, command=command).run(models)
        keys = () if results is None else [audit.measurement.key for audit in results.audits]
        earlier = find_earlier(before, keys)
    arithmetic = [_work_out(one, todo.trust_remote_code, progress) for one in todo.arithmetic]
    found = Found(results, arithmetic)
    checked = tuple(found.check(expected) for expected in todo.claim.expected)
    return Reproduction(todo.claim, checked, None if results is None else out, earlier)


def _work_out(one: Solvable, trusts: bool, progress: Progress | None) -> dict[str, Any]:
    """Return what ``evenband analogy --json`` prints for an expression."""
    subject = load_subject(one.model, trust_remote_code=trusts, progress=progress)
    space = WordSpace.of(subject.cached, (), one.vocabulary)
    if one.against is not None:
        return {**hold_against(space, one.expression, one.against).to_dict(), "model": one.model}
    return {**solve(space, one.expression).to_dict(), "model": one.model}
