"""A page of the site as it stands inside a map that is one file: with its style and pictures in it.

Belongs here: rewriting one HTML page. Does not belong here: which files a map consists of (``single_file``).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection, Mapping
from html import escape
from html.parser import HTMLParser

from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.site.format import content_type

#: Attributes of what speaks of files beside the page: it is left out, with all that is in it.
BESIDE = frozenset({("class", "back"), ("aria-labelledby", "data")})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


def hash_source(text: str) -> str:
    """Return the word of a Content-Security-Policy that allows one inline script or style."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def embed_page(
    page: str, style: str, read: Callable[[str], bytes], left_out: Collection[tuple[str, str]] = ()
) -> str:
    """Return a page that needs no other file.

    Links to other files become plain words, those to the web open a window; pictures that cannot be read are left out.

    Parameters
    ----------
    page : str
        HTML, as clipplot wrote it.
    style : str
        What its style sheets hold.
    read : callable
        Returns the bytes of a picture, given its address as the page has it; raises ``StoreError``.
    left_out : collection of (str, str)
        Attributes of elements that are left out besides those of `BESIDE`.
    """
    rewriter = _Rewriter(style, read, BESIDE.union(left_out))
    rewriter.feed(page)
    rewriter.close()
    return "".join(rewriter.parts)


class _Rewriter(HTMLParser):
    """Copies a page, but for what refers to other files."""

    def __init__(self, style: str, read: Callable[[str], bytes], beside: frozenset[tuple[str, str]]) -> None:
        super().__init__(convert_charrefs=False)
        self.style = style
        self.beside = beside
        self.is_styled = False
        self.read = read
        self.parts: list[str] = []
        self.depth = 0  # inside an element that is left out
        self.links: list[bool] = []  # of the open links, whether they are kept

    def handle_decl(self, decl: str) -> None:
        self._say(f"<!{decl}>")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if self.depth or self.beside.intersection(attrs):
            self.depth += tag not in _VOID
            return
        if tag == "img":
            self._add_picture(found)
        elif tag == "link" and found.get("rel") == "stylesheet":
            # One element for all sheets: the policy knows it by its hash.
            self._say("" if self.is_styled else f"<style>{self.style}</style>")
            self.is_styled = True
        elif tag == "meta" and (found.get("http-equiv") or "").lower() == "content-security-policy":
            policy = (
                f"default-src 'none'; style-src {hash_source(self.style)}; img-src data:; base-uri 'none'; "
                "form-action 'none'"
            )
            self._say(f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
        elif tag == "a":
            self._add_link(found)
        else:
            self._say(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if self.depth:
            self.depth -= 1
        elif tag != "a" or (self.links and self.links.pop()):
            self._say(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._say(data)

    def handle_entityref(self, name: str) -> None:
        self._say(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._say(f"&#{name};")

    def _say(self, text: str) -> None:
        if not self.depth:
            self.parts.append(text)

    def _add_link(self, attributes: dict[str, str | None]) -> None:
        address = attributes.get("href") or ""
        is_web = address.startswith(("https://", "http://"))
        self.links.append(is_web or address.startswith("mailto:"))
        # The frame that the page stands in shows no other page, but may open windows.
        apart = {"target": "_blank", "rel": attributes.get("rel") or "noopener"} if is_web else {}
        self._say(_write_start("a", attributes | apart) if self.links[-1] else "")

    def _add_picture(self, attributes: dict[str, str | None]) -> None:
        source = attributes.get("src") or ""
        try:
            data = base64.b64encode(self.read(source)).decode()
        except StoreError:
            return
        kept = attributes | {"src": f"data:{content_type(source)};base64,{data}"}
        self._say(_write_start("img", kept))


def _write_start(tag: str, attributes: Mapping[str, str | None]) -> str:
    return (
        f"<{tag} " + " ".join(f'{name}="{escape(value or "")}"' for name, value in attributes.items()) + ">"
    )
