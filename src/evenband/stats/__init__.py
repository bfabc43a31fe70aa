"""Statistics of consistent behaviour: arrays in, numbers and frozen values out. Pure.

Everything is computed on ``y = log(1 - s)``, the log-distance, unless its docstring says otherwise.
``docs/decisions/0003-statistics.md`` says what was chosen by which simulation.
"""
