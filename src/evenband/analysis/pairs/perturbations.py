"""Labels under control perturbations: changes of a sentence that mean nothing, such as another full stop.

They are measured for the labels that are followed up and for unremarkable ones. A label that moves far under
any change is fragile, and says little of the change that the probe is about.
"""

from __future__ import annotations

import numpy as np

from evenband.analysis.pairs.scale import scale_of
from evenband.stats.dispersion import robust_scale
from evenband.types import PairsMeasurement, Scores
from evenband.types.details import FOLLOWED

FEWEST_UNREMARKABLE = 2
"""Number of unremarkable labels that a scale needs."""


def control_z(controls: PairsMeasurement | None) -> Scores | None:
    """Return the z of each label under each perturbation, against the unremarkable labels.

    z is the log-distance less the median of the unremarkable labels, over their robust scale.

    Shape: n labels by p perturbations -> (n, p); ``None`` where the perturbations were not run, or for
    fewer than two unremarkable labels.
    """
    if controls is None:
        return None
    y = scale_of(controls).y
    unremarkable = y[[group != FOLLOWED for group in controls.columns["group"]]]
    if len(unremarkable) < FEWEST_UNREMARKABLE:
        return None
    return np.asarray((y - np.median(unremarkable, axis=0)) / robust_scale(unremarkable))


def mean_control_z(controls: PairsMeasurement | None) -> dict[str, float]:
    """Return the mean z over the perturbations of each label that is followed up, by label.

    It is empty where the perturbations were not run, or for fewer than two unremarkable labels.
    """
    z = control_z(controls)
    if controls is None or z is None:
        return {}
    followed = [row for row, group in enumerate(controls.columns["group"]) if group == FOLLOWED]
    return {controls.items[row]: float(z[row].mean()) for row in followed}
