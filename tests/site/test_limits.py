"""Limits of hosts: told when passed, in the report of publishing too."""

import pytest

from clipplot_pipeline.site import limits
from clipplot_pipeline.site.limits import find_passed_limits
from clipplot_pipeline.site.publish import publish


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({}, []),
        ({"a": 25 * 2**20}, []),
        ({"a": 26 * 2**20}, [r"a has 26 MiB; Cloudflare Pages takes 25 MiB"]),
        ({"a": 150 * 2**20}, [r"a has 150 MiB; GitHub takes 100 MiB"]),
        ({str(n): 2**20 for n in range(1000)}, ["1.05 GB; GitHub Pages"]),
        ({str(n): 1 for n in range(20_000)}, []),
        ({str(n): 1 for n in range(20_001)}, ["20,001 files; Cloudflare Pages takes 20,000"]),
    ],
)
def test_what_is_passed_is_told_with_a_way_out(sizes, told):
    found = find_passed_limits(sizes)
    assert len(found) == len(told)
    for sentence, words in zip(found, told, strict=True):
        assert words in sentence
        assert "docs/guides/hosting.md" in sentence


def test_publishing_tells_it_for_folders_only(tmp_path, plan, collection, monkeypatch):
    monkeypatch.setattr(limits, "CLOUDFLARE_PAGES_FILES", 50)
    report = publish(plan, str(tmp_path), collection.details)
    (warning,) = report.warnings
    assert warning.startswith(f"the site has {report.files_put:,} files")
    assert publish(plan, "memory://clipplot-limits", collection.details).warnings == ()
