"""A plan becomes a run directory. What was measured before is not measured again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evenband import analysis, encoders
from evenband.encoders import CachedEncoder, SelfChecking
from evenband.errors import InputError, RunError
from evenband.probes.pairs import screen as screening
from evenband.probes.pairs.baselines import measure_floors
from evenband.probes.pairs.controls import controls_of
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.randomness import stream
from evenband.records import RunDirectory
from evenband.running import plan
from evenband.running.plan import Plan
from evenband.running.provenance import describe_command, describe_model, describe_run
from evenband.types import Encoder, Measurement, ModelSpec, Progress


@dataclass(frozen=True)
class Loaded:
    """A model, and the way to it that remembers.

    Attributes:
        fresh: computes every vector anew.
        cached: the same through the vector cache; ``fresh`` itself for an encoder that the user
            made, since nothing is known of what decides its vectors.
        fast: the same model in the number format that screens it, if it is to be screened.
        seed: draws what is computed in both formats.
    """

    fresh: Encoder
    cached: Encoder
    fast: screening.Pair | None = None
    seed: int = 0

    @property
    def spec(self) -> ModelSpec:
        """What its measurements say of it: a screened model is not the model itself."""
        spec = self.fresh.spec
        if self.fast is None:
            return spec
        fast = self.fast.fresh.spec
        screen = {"screen": fast.dtype, "screen_engine": fast.options.get("engine", "")}
        return replace(spec, options={**spec.options, **screen})


def run(
    todo: Plan,
    out: Path,
    *,
    models: Sequence[str | Encoder] | None = None,
    command: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[Measurement]:
    """Measure every probe of the plan on its reference and on every model of it, into the directory.

    The manifest is written when the first model is loaded and after each measurement, a
    measurement at its end, so that a run killed anywhere goes on where it was when it is started
    again. Outliers are followed up with control perturbations.

    Args:
        todo: what to do.
        out: the run directory; made if it is not there.
        models: encoders to use in place of the plan's references.
        command: what the user typed, for the manifest.
        progress: told how far it is.

    Returns:
        The measurements of the plan's probes, the reference's included, model by model.

    Raises:
        EvenbandError: if a reference, a model or the directory cannot be used.
    """
    directory = RunDirectory(out)
    probes = plan.load_probes(todo)
    started = describe_command(todo, command)
    measured: list[Measurement] = []
    for model in load_models(todo, models, progress):
        found = [directory.find(model.spec, probe.spec) for probe in probes]
        directory.update_manifest(
            {**describe_run(todo, command), "reference": _reference_name(todo, measured, model)},
            models=[_describe(model, probes, directory)],
            commands=[started],
        )
        for probe, known in zip(probes, found, strict=True):
            made = known or _measure_into(directory, probe, model)
            measured.append(made)
            if is_followed_up(probe, todo) and model.fresh.spec.ref != todo.reference:
                _follow_up(directory, probe, made, model, todo)
    return measured


def measure(probe: MinimalPairs, model: Loaded) -> Measurement:
    """One probe on one model through the vector cache, screened if asked for; the noise floor past it."""
    if model.fast is None:
        made = probe.measure(model.cached, fresh=model.fresh)
    else:
        exact = screening.Pair(model.fresh, model.cached)
        made = screening.screen(probe, model.fast, exact, stream(model.seed, "screen"))
    return replace(made, model=model.spec, floors={} if probe.of else measure_floors(probe))


def load_models(
    todo: Plan, models: Sequence[str | Encoder] | None = None, progress: Progress | None = None
) -> Iterator[Loaded]:
    """The reference, then the models of the plan, or those given, one at a time.

    Raises:
        EvenbandError: if one cannot be loaded, or two share a name.
    """
    given: list[str | Encoder] = list(todo.models if models is None else models)
    if todo.reference is not None and todo.reference not in given:
        given.insert(0, todo.reference)
    elif todo.reference is not None:
        given.sort(key=lambda model: model != todo.reference)
    _check_names(given)
    for model in given:
        if isinstance(model, str):
            exact, fast = _load(model, todo, None, progress), None
            if todo.screen is not None:
                fast = _load_fast(exact.fresh.spec, todo, progress)
            yield Loaded(exact.fresh, exact.cached, fast, todo.seed)
        elif todo.screen is not None:
            raise InputError(
                f"model {model.spec.ref!r} is your own encoder; a screen needs a reference to load twice"
            )
        else:
            yield Loaded(model, model)


def _load(ref: str, todo: Plan, dtype: str | None, progress: Progress | None) -> screening.Pair:
    encoder = encoders.load(ref, trust_remote_code=todo.trust_remote_code, engine=todo.engine, dtype=dtype)
    return screening.Pair(encoder, CachedEncoder(encoder, progress=progress))


def _load_fast(exact: ModelSpec, todo: Plan, progress: Progress | None) -> screening.Pair:
    """The same model in the format that screens it.

    Raises:
        InputError: if it has no number format to choose, or is not computed in float32.
    """
    if exact.dtype != "float32":
        raise InputError(
            f"model {exact.ref!r} is computed in {exact.dtype}, expected float32 to check a screen with; "
            "leave the dtype out of the reference"
        )
    try:
        return _load(exact.ref, todo, todo.screen, progress)
    except InputError as error:
        raise InputError(f"cannot be screened: {error}") from None


def reference_of(measured: Sequence[Measurement], made: Measurement, name: str | None) -> Measurement | None:
    """The reference's measurement of the same texts; ``None`` for the reference itself or without one."""
    if name is None or made.model.name == name:
        return None
    same = (
        other for other in measured if other.model.name == name and other.probe.digest == made.probe.digest
    )
    return next(same, None)


def _check_names(models: Sequence[str | Encoder]) -> None:
    """Two models of one name, or a scheme that does not exist, are found before anything is measured."""
    seen: dict[str, str] = {}
    for model in models:
        ref = model if isinstance(model, str) else model.spec.ref
        name = encoders.name_of(model) if isinstance(model, str) else model.spec.name
        if name in seen:
            raise InputError(
                f"the models {seen[name]!r} and {ref!r} are both called {name!r}; audit them in two runs"
            )
        seen[name] = ref


def _describe(model: Loaded, probes: Sequence[MinimalPairs], directory: RunDirectory) -> dict[str, Any]:
    """The model's entry in the manifest, with that of the format that screens it."""
    entry = describe_model(model.fresh, model.spec, probes, directory.manifest())
    if model.fast is not None and "screened_by" not in entry:
        fast = model.fast.fresh
        difference = fast.largest_difference() if isinstance(fast, SelfChecking) else None
        entry["screened_by"] = {**fast.spec.to_dict(), "engine_difference": difference}
    return entry


def _reference_name(todo: Plan, measured: Sequence[Measurement], model: Loaded) -> str | None:
    """Name of the plan's reference; it is loaded first."""
    if todo.reference is None:
        return None
    return measured[0].model.name if measured else model.fresh.spec.name


def _measure_into(directory: RunDirectory, probe: MinimalPairs, model: Loaded) -> Measurement:
    started = time.perf_counter()
    made = measure(probe, model)
    seconds = time.perf_counter() - started
    screened = analysis.screening_of(made)
    facts = {} if screened is None else {"screening": asdict(screened)}
    directory.write_measurement(made, seconds, facts)
    return made


def is_followed_up(probe: MinimalPairs, todo: Plan) -> bool:
    """A suite asks how a whole family behaves, a single probe also why a word stands out."""
    return probe.type == "INV" and todo.suite is None and not probe.draw


def follow_up(
    probe: MinimalPairs, made: Measurement, model: Loaded, seed: int, reference: Measurement | None = None
) -> Measurement | None:
    """Control perturbations of the labels that stand out; ``None`` where none do."""
    controls = _controls(probe, made, seed, reference)
    return None if controls is None else measure(controls, model)


def _controls(
    probe: MinimalPairs, made: Measurement, seed: int, reference: Measurement | None
) -> MinimalPairs | None:
    labels, templates = analysis.suspects(made, reference)
    return controls_of(probe, labels, templates, stream(seed, "controls")) if labels else None


def _follow_up(
    directory: RunDirectory, probe: MinimalPairs, made: Measurement, model: Loaded, todo: Plan
) -> None:
    """The controls of this measurement, written unless they are there."""
    reference = reference_of(list(directory.measurements()), made, directory.manifest().get("reference"))
    controls = _controls(probe, made, todo.seed, reference)
    if controls is None:
        return
    try:
        known = directory.find(model.spec, controls.spec)
    except RunError:  # of other labels, from another seed or reference: made again, it takes a second
        known = None
    if known is None:
        _measure_into(directory, controls, model)
