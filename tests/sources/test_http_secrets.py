"""Addresses as they are shown and published: whoever reads them can open nothing with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources.http_fetch import FetchError
from clipplot_pipeline.sources.http_list import make_path
from clipplot_pipeline.sources.http_secrets import hide_secrets

SIGNED = "https://b.s3.amazonaws.com/x.jpg?X-Amz-Credential=AKIA&X-Amz-Expires=60&X-Amz-Signature=0ff1ce"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:word@a.example/x?y", "https://a.example/x?y"),
        ("ftp://me@a.example/x", "ftp://a.example/x"),
        (SIGNED, "https://b.s3.amazonaws.com/x.jpg"),
        ("https://a.example/x?size=9&access_token=t#page", "https://a.example/x#page"),
        ("https://a.example/x?sv=2020&sig=abc%3D", "https://a.example/x"),
        ("https://a.example/x?AWSAccessKeyId=AKIA", "https://a.example/x"),
        ("https://a.example/x?api%5Fkey=1", "https://a.example/x"),
        ("https://a.example/x?id=7&author=monkey&keyword=design", None),
        ("https://a.example/@me/x.jpg?tag=a@b", None),
        ("a note: me@a.example?key=no address", None),
        ("see https://me:word@a.example, or http://b?token=t now", "see https://a.example, or http://b now"),
    ],
)
def test_names_passwords_and_signed_queries_are_not_shown(address: str, shown: str | None) -> None:
    assert hide_secrets(address) == (address if shown is None else shown)


@given(st.text(max_size=40))
def test_what_is_hidden_once_stays_so(text: str) -> None:
    once = hide_secrets(f"https://{text}")
    assert hide_secrets(once) == once


def test_a_failure_shows_no_secret() -> None:
    assert "0ff1ce" not in str(FetchError(SIGNED, "the server says 403 Forbidden"))


def test_the_addresses_of_a_list_are_published_without_secrets_and_their_paths_stay(tmp_path: Path) -> None:
    open_to_all = "https://a.example/view.jpg?id=7"
    addresses = [
        "https://anna:geheim@a.example/a.jpg",
        SIGNED,
        open_to_all,
        "ftp://anna:geheim@a.example/b.jpg",
    ]
    rows = "".join(f"{address},{address}|https://c.example/?token=geheim\n" for address in addresses)
    (tmp_path / "list.csv").write_text(f"url,others\n{rows}", "utf-8")
    settings = Settings(
        source=str(tmp_path / "list.csv"), store=str(tmp_path / "store"), site=str(tmp_path / "site")
    )
    scan = observe(settings).scan
    assert sorted(image.path for image in scan.images) == sorted(map(make_path, addresses))
    assert scan.about is not None
    told = scan.about.to_pylist()
    assert {row["url"] for row in told} >= {
        "https://a.example/a.jpg",
        "https://b.s3.amazonaws.com/x.jpg",
        open_to_all,
    }
    assert not any(secret in str(told) for secret in ("geheim", "AKIA", "0ff1ce"))
