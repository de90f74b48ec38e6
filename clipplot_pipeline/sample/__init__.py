"""The sample collection: about a thousand pictures and their table, drawn from a seed.

Here: everything that ``clipplot sample`` needs. Not here: anything that the pipeline needs; no
other room imports this one. Door: `draw_sample`, and `iterate_sample` where progress is shown.
"""

from clipplot_pipeline.sample.collection import draw_sample, iterate_sample

__all__ = ["draw_sample", "iterate_sample"]
