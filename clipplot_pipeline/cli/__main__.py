"""``python -m clipplot_pipeline.cli``: the command line where scripts are not on the path."""

from clipplot_pipeline.cli import main

main()
