"""Every kind of mail in a real browser: wide, on a phone, dark."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from deploy.bootstrap import find_chromium
from deploy.packages import with_unpacked
from services.notifications.domain import KINDS
from services.notifications.mail.preview import preview

LOOKS = {
    "wide": {"viewport": {"width": 900, "height": 900}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 900, "height": 900}, "color_scheme": "dark"},
    "dark-phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}
HARD_TO_READ = """
() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = element => {
    for (; element; element = element.parentElement) {
      const color = rgb(getComputedStyle(element).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const box = element.getBoundingClientRect();
    if (!texts.currentNode.data.trim() || !box.width || !box.height) continue;
    if (getComputedStyle(element).display === "none" || element.closest("style")) continue;
    const of = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort();
    const ratio = (Math.max(...of) + 0.05) / (Math.min(...of) + 0.05);
    if (ratio < 4.5) found.push(`${texts.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return found;
}
"""
CRAMPED = """
() => [...document.querySelectorAll("th, td")]
  .filter(cell => cell.innerText.trim().length > 12 && cell.getBoundingClientRect().width < 70)
  .map(cell => cell.innerText)
"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=find_chromium(),
            args=["--no-sandbox"],
            env={**with_unpacked(os.environ)},
        )
        yield opened
        await opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of mail as `make mail-preview` writes it."""
    return preview(tmp_path_factory.mktemp("mails")).parent


@pytest.mark.parametrize("look", LOOKS)
async def test_every_mail_is_readable(look: str, browser: Browser, pages: Path) -> None:
    context = await browser.new_context(**LOOKS[look])  # type: ignore[arg-type]
    page = await context.new_page()
    for kind in KINDS:
        await page.goto((pages / f"{kind}.html").as_uri())
        picture = await page.screenshot(full_page=True, path=pages / f"{kind}-{look}.png")
        assert len(picture) > 10_000, kind
        assert await page.evaluate(HARD_TO_READ) == [], kind
        assert await page.evaluate(TOO_WIDE) <= 0, kind
        assert await page.evaluate(CRAMPED) == [], kind
        assert not re.search(r"None|Undefined|\{\{", await page.inner_text("body")), kind
    await context.close()


async def test_the_preview_shows_every_kind(browser: Browser, pages: Path) -> None:
    page = await browser.new_page()
    await page.goto((pages / "index.html").as_uri(), wait_until="commit")
    await expect(page.locator("section h2")).to_have_count(len(KINDS), timeout=60_000)
    shown = page.frame_locator("section#bundle_result iframe.wide")
    assert await shown.locator("h1").inner_text()
    await page.close()
