"""Words that a model guessed: offered beside text, found, shown beside the picture, and always called what they are."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from clipplot_pipeline.model import Concepts
from tests.browser.axe import bring_axe, find_faults
from tests.browser.coded_site import COUNT, CodedSite, write_coded_site
from tests.browser.viewer_page import ViewerPage
from tests.browser.watch import PageWatch

WORDS = ("sailing ship", "harbour", "woodcut", "picture", "fruit")
HEADINGS = ("vehicles and vessels", "towns and places", "kinds of picture", "documents", "fruit")
SHOTS = os.environ.get("CLIPPLOT_SHOTS")


def guess(count: int) -> Concepts:
    """Return for each code one or two words: every eighth is a sailing ship, the higher the code the better."""
    best = np.array([[0 if k % 8 == 0 else 2, 1 if k % 2 else -1] for k in range(count)], np.int32)
    scores = np.where(best >= 0, 0.1 + np.arange(count)[:, None] / 1000, np.nan).astype(np.float32)
    return Concepts(WORDS, HEADINGS, best, scores, model="ViT-X <1>")


@pytest.fixture(scope="module")
def guessed(tmp_path_factory: pytest.TempPathFactory) -> CodedSite:
    """Return the coded site with guessed words."""
    return write_coded_site(tmp_path_factory.mktemp("guessed"), concepts=guess(COUNT))


@pytest.fixture(autouse=True)
def _axe(context: BrowserContext) -> None:
    bring_axe(context)


@pytest.fixture
def address(serve_folder: Callable[[Path], str], guessed: CodedSite) -> str:
    """Return where that site is served: ``viewer`` opens it."""
    return serve_folder(guessed.folder)


def search(viewer: ViewerPage, text: str) -> None:
    viewer.page.get_by_role("combobox", name="Search all words").fill(text)
    found(viewer, text)


def found(viewer: ViewerPage, text: str) -> None:
    viewer.until("q => !__clipplot.state.isSearching && (__clipplot.state.found?.query ?? '') === q", text)


def lit(viewer: ViewerPage) -> list[int]:
    mask: list[int] = viewer.page.evaluate("() => [...(__clipplot.state.lit?.mask ?? [])]")
    return [rank for rank, is_lit in enumerate(mask) if is_lit]


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page, for who wants to look."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def test_a_word_that_no_text_has_finds_what_a_model_guessed_and_says_so(
    viewer: ViewerPage, guessed: CodedSite, watch: PageWatch
) -> None:
    page = viewer.page
    assert not [url for url in watch.requests if "/k/" in url], "nothing is asked for before"
    search(viewer, "Sailing ship")
    ships = sorted(guessed.codes.index(code) for code in range(0, COUNT, 8))
    assert lit(viewer) == ships
    expect(page.get_by_text("No text here says so. A model guessed “sailing ship”")).to_be_visible()
    ordered = page.evaluate("() => [...__clipplot.state.found.ordered]")
    assert [guessed.codes[rank] for rank in ordered] == list(range(0, COUNT, 8))[::-1]
    expect(page.get_by_role("listbox", name="Images found").get_by_role("option")).to_have_count(COUNT // 8)
    viewer.settle()
    shoot(page, "guessed-search")
    assert find_faults(page) == []
    manifest = json.loads((guessed.folder / "manifest.json").read_text("utf-8"))
    asked = [url.split("/k/")[1].split("/")[1] for url in watch.requests if "/k/" in url]
    assert sorted(asked) == ["0.bin", "words.bin"]
    assert manifest["concepts"]["files"] == 1


def test_text_goes_first_and_guesses_are_offered_beside_it(viewer: ViewerPage, guessed: CodedSite) -> None:
    page = viewer.page
    search(viewer, "pic")  # every file name has it, and no word in use begins so
    assert len(lit(viewer)) == COUNT
    expect(page.get_by_text("Guessed by a model, written by nobody:")).to_have_count(0)
    search(viewer, "wood")
    offer = page.get_by_role("button", name="woodcut: guessed of 56 images")
    expect(page.get_by_text("Guessed by a model, written by nobody:")).to_be_visible()
    shoot(page, "guessed-offer")
    offer.click()
    found(viewer, "guessed:woodcut")
    assert len(lit(viewer)) == 56
    expect(
        page.get_by_text("A model guessed “woodcut” from these pictures; nobody wrote it.")
    ).to_be_visible()
    viewer.until("() => location.hash.includes('q=guessed%3Awoodcut')")
    search(viewer, "fruit guessed:harbour")
    assert lit(viewer) == []  # even codes are fruit, odd ones harbours


def test_the_picture_says_what_is_guessed_of_it_and_each_word_searches(
    viewer: ViewerPage, guessed: CodedSite
) -> None:
    page = viewer.page
    rank = guessed.codes.index(9)
    page.goto(f"{page.url.split('#')[0]}#image={guessed.ids[rank]}")
    page.reload()
    viewer.settle()
    section = page.get_by_role("region", name="Words guessed by a model")
    expect(section.get_by_role("button")).to_have_text(["woodcut", "harbour"])
    expect(section).to_contain_text("Nobody wrote these words.")
    section.scroll_into_view_if_needed()
    shoot(page, "guessed-detail")
    section.get_by_role("button", name="harbour").click()
    found(viewer, "guessed:harbour")
    assert len(lit(viewer)) == COUNT // 2
    expect(section.get_by_role("button", name="harbour")).to_have_attribute("aria-pressed", "true")
