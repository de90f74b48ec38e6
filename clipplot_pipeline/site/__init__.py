"""The site: a folder of static files with a documented format (``docs/site-format.md``), its writer and its reader.

Belongs here: what files a site consists of (``build``), putting them in place (``publish``), reading them back
(``verify``), handing them out locally (``serve``). Does not belong here: how positions, clusters or tiles are
made. Nothing here imports dagster.
"""
