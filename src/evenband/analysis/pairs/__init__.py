"""Analysis of minimal pairs: two texts that differ in one small change, over many labels and templates."""
