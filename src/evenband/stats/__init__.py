"""Statistics: pure functions from arrays to numbers, such as p-values, their adjustment and intervals.

They work on the log-distance ``y = log(1 - s)`` of a similarity s, unless a docstring says otherwise.
``docs/decisions/0003-statistics.md`` records which simulation led to which choice.
"""
