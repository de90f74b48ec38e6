"""Driving the graph to its end from one command: in process, or through a daemon that runs already.

Belongs here: which assets to ask for next, following them, and the report at the end. Does not belong here:
what the assets do (``defs``), how a report is printed (``cli``).
"""
