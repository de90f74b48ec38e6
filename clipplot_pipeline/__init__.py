"""clipplot: a map of an image collection, from a folder of pictures to a static site."""

__version__ = "0.1.0"
