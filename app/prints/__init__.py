"""Things to print: a sheet drawn once, in millimetres, and written as SVG or PDF."""
