"""The families of the sample collection, registered here and nowhere else.

To add one: a module with ``draw`` and ``FAMILY``, and a line below.
"""

from clipplot_pipeline.sample.families import (
    botanicals,
    butterflies,
    compositions,
    flow_fields,
    harmonographs,
    landscapes,
    maps,
    marbled_papers,
    stained_glass,
    star_charts,
    textiles,
    tilings,
    vases,
    waves,
)
from clipplot_pipeline.sample.family import Family

FAMILIES: tuple[Family, ...] = (
    botanicals.FAMILY,
    butterflies.FAMILY,
    compositions.FAMILY,
    flow_fields.FAMILY,
    harmonographs.FAMILY,
    landscapes.FAMILY,
    maps.FAMILY,
    marbled_papers.FAMILY,
    stained_glass.FAMILY,
    star_charts.FAMILY,
    textiles.FAMILY,
    tilings.FAMILY,
    vases.FAMILY,
    waves.FAMILY,
)
