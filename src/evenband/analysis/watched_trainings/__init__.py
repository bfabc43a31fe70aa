"""Analysis of a training's steps: curves of each family, and whether only what was shown moved."""
