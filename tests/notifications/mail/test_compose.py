"""Every kind of mail, made from the events' own examples."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from services.notifications.domain import KINDS, Background, Kind, Office, Telling, gathered
from services.notifications.mail.compose import TEMPLATES, CannotCompose, Content, compose
from services.notifications.mail.samples import BACKGROUND, MEMBER, samples

OFFICE = Office()
VOID = {"meta", "br", "img", "link", "input", "hr"}
HOSTILE = [
    "<script>alert(1)</script>",
    "</mj-text><mj-button href='https://evil.example'>Klick</mj-button>",
    '"><img src=x onerror=alert(1)>',
    "{{ office.board }}{% raw %}",
    "&lt;b&gt; & &amp; <b>",
    "<!-- <![endif]--> ]]>",
]


class Elements(HTMLParser):
    """All start tags with their attributes, and whether they are nested as they are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def content_of(telling: Telling, background: Background = BACKGROUND) -> Content:
    return compose(telling, background, OFFICE, telling.kind.version)


every_kind = pytest.mark.parametrize(
    "telling", samples(), ids=[telling.kind.name for telling in samples()]
)


def test_every_kind_has_its_templates_and_no_folder_is_left_over() -> None:
    folders = {path.name for path in TEMPLATES.iterdir() if path.name != "_layout"}
    assert folders == {kind.folder for kind in KINDS.values()}
    for kind in KINDS.values():
        for ending in ("mjml", "txt"):
            assert (TEMPLATES / kind.folder / f"v{kind.version}.{ending}").is_file()


@every_kind
def test_html_is_accessible(telling: Telling) -> None:
    content = content_of(telling)
    elements = Elements(content.html)
    assert elements.open == []
    assert elements.all("html")[0]["lang"] == "de"
    assert len(elements.all("h1")) == 1
    assert all(image["alt"] for image in elements.all("img"))
    for table in elements.all("table"):
        assert table.get("role") in {"presentation", None}
    data_tables = [t for t in elements.all("table") if t.get("role") != "presentation"]
    assert len(elements.all("caption")) == len(data_tables)
    assert all(th.get("scope") in {"col", "row"} for th in elements.all("th"))
    assert {"name": "color-scheme", "content": "light dark"} in elements.all("meta")
    assert "prefers-color-scheme: dark" in content.html


@pytest.mark.parametrize("kind", [k for k in KINDS.values() if k.can_wait and not k.gathers])
def test_whatever_can_wait_fits_the_mail_of_a_day(kind: Kind) -> None:
    alone = next(telling for telling in samples() if telling.kind is kind)
    day = Telling((gathered(alone, "it", ["it@barleben.example"]),) * 2)
    content = content_of(day)
    elements = Elements(content.html)
    seen = " ".join(elements.text)
    assert elements.open == []
    for text in (content.text, seen):
        assert text.count("Guten Tag,") == 1
        assert " ".join(text.split()).count(content_of(alone).subject) >= 2
    assert not re.search(r"\{\{|\}\}|\{%|None|Undefined|mj-|<", content.text + seen)


@every_kind
def test_nothing_is_left_undone(telling: Telling) -> None:
    content = content_of(telling)
    seen = " ".join(Elements(content.html).text)
    for text in (content.subject, content.text, seen):
        assert not re.search(r"\{\{|\}\}|\{%|None|Undefined|mj-|\bTrue\b|\bFalse\b", text)
    assert 10 <= len(content.subject) <= 120
    assert "\n" not in content.subject


@every_kind
def test_the_text_part_is_a_whole_letter(telling: Telling) -> None:
    text = content_of(telling).text
    assert text.startswith("Guten Tag,\n\n")
    assert "Fragen?" in text
    assert "\n\n-- \nKommunale IT-Union eG" in text
    assert "\n\n\n" not in text
    assert max(len(line) for line in text.splitlines()) <= 76
    assert str(telling.mail_id) in text


@every_kind
def test_text_and_html_name_the_same_figures(telling: Telling) -> None:
    content = content_of(telling)
    seen = " ".join(Elements(content.html).text)
    figures = re.compile(
        r"[0-9.]+,[0-9]{2}\s€|\b[0-9]{2}\.[0-9]{2}\.[0-9]{4}\b|\b[ABR]-2026-[0-9]+"
    )
    assert set(figures.findall(content.text)) <= set(figures.findall(seen + content.subject))


@every_kind
def test_the_same_data_makes_the_same_mail(telling: Telling) -> None:
    assert content_of(telling) == content_of(telling)


def hostile(value: Any, text: str) -> Any:
    """The same data with every free text replaced."""
    if isinstance(value, dict):
        free = {"name", "title", "reason", "question", "requirement", "explanation", "rule"}
        free |= {"note", "street", "city", "member_name", "value"}
        return {k: text if k in free else hostile(v, text) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(item, text) for item in value]
    return value


@every_kind
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(telling: Telling, text: str) -> None:
    background = replace(BACKGROUND, member=replace(MEMBER, name=text))
    occasions = tuple(replace(o, data=hostile(o.data, text)) for o in telling.occasions)
    plain = Elements(content_of(telling).html)
    attacked = Elements(content_of(Telling(occasions), background).html)
    assert attacked.open == []
    assert {tag for tag, _ in attacked.found} <= {tag for tag, _ in plain.found}
    assert {a.get("href") for a in attacked.all("a")} <= {a.get("href") for a in plain.all("a")}


def test_demand_without_a_contract_is_explained_and_only_then() -> None:
    telling = next(t for t in samples() if t.kind.name == "demands_received")
    first = telling.occasions[0]
    marked = replace(first, data={**first.data, "without_contract": True})
    for occasion, told in ((first, False), (marked, True)):
        content = content_of(Telling((occasion,)))
        assert ("Rahmenvereinbarung" in content.text) == told
        assert ("Rahmenvereinbarung" in content.html) == told


def test_what_a_tender_is_to_bring_is_not_to_be_asked_for_again() -> None:
    telling = next(t for t in samples() if t.kind.name == "bundle_result")
    first = telling.occasions[0]
    fields = ("demand_id", "demand_reference", "item", "name", "quantity", "explanation")
    late = {field: first.data["lines"][0][field] for field in fields}
    missing = {**late, "for_tender": True}
    for unfilled, collected, anew in (
        ([missing], True, False),
        ([late, missing], True, True),
        ([late], False, True),
    ):
        occasion = replace(first, data={**first.data, "unfilled": unfilled})
        text = content_of(Telling((occasion,))).text
        assert ("für eine Vergabe gesammelt" in text) == collected
        assert ("nächsten Runde neu melden" in text) == anew


def test_an_event_that_does_not_fit_its_kind_is_no_mail() -> None:
    telling = next(t for t in samples() if t.kind.name == "cost_statement")
    broken = Telling((replace(telling.occasions[0], type="round.opened.v1"),))
    with pytest.raises(CannotCompose):
        content_of(broken)
