"""Side-by-side measurements: every figure is a ratio against something else in the same run on the same machine."""
