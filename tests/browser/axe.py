"""axe-core, the checker of accessibility, in a page: a script of the test, which the page's policy does not reach."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, Page

SCRIPT = Path(__file__).parents[2] / "viewer_template" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def bring_axe(context: BrowserContext) -> None:
    """Have axe in every page that the context opens from now on."""
    context.add_init_script(path=SCRIPT)


def find_faults(page: Page) -> list[str]:
    """Return the faults of a page, one a line each: rule, place, what is wrong."""
    script = """async (rules) => {
      const found = await axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] });
      return found.violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, any, all }) =>
          `${id}: ${target.join(' ')}: ${help}: ${any.concat(all).map((c) => c.message).join('; ')}`));
    }"""
    return list(page.evaluate(script, list(RULES)))
