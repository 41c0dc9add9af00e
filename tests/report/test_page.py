"""The page says what the document says, escapes everything, asks the network for nothing."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
import report_cases as cases

from traindiff.report.content.before_after import applied
from traindiff.report.content.build import build
from traindiff.report.render.page import render
from traindiff.report.render.pictures import pictures


def page_of(evidence) -> str:
    document = build(evidence)
    changed = applied(evidence.verdicts, evidence.splits)
    return render(document, pictures(evidence.splits, document, changed))


class Elements(HTMLParser):
    """Collects elements with their attributes, and the text outside scripts and styles."""

    def __init__(self):
        super().__init__()
        self.found, self.text, self._inside = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data):
        if self._inside not in ("script", "style"):
            self.text.append(data)

    def handle_endtag(self, tag):
        self._inside = ""


def parsed(page: str) -> Elements:
    elements = Elements()
    elements.feed(page)
    return elements


@pytest.fixture(scope="module")
def full():
    return parsed(page_of(cases.full()))


@pytest.fixture(scope="module")
def hostile():
    return parsed(page_of(cases.hostile()))


SECTIONS = "answer agreement similarity directions hypotheses examples diagnostics method reproduce"


@pytest.mark.parametrize("name", SECTIONS.split())
def test_every_section_is_a_labelled_landmark(full, name):
    ids = {attributes.get("id") for _, attributes in full.found}
    section = next(a for tag, a in full.found if tag == "section" and a.get("id") == name)
    assert section["aria-labelledby"] in ids


def test_ids_are_unique(full):
    ids = [attributes["id"] for _, attributes in full.found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_links_within_the_page_lead_somewhere(full):
    ids = {attributes.get("id") for _, attributes in full.found}
    links = [attributes["href"] for tag, attributes in full.found if tag == "a"]
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_every_picture_has_an_alternative_text(full):
    roles = [attributes for _, attributes in full.found if attributes.get("role") == "img"]
    assert len(roles) > 50
    assert all(attributes["aria-label"] for attributes in roles)


def test_headings_never_skip_a_level(full):
    levels = [int(tag[1]) for tag, _ in full.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_on_the_page_names_another_place(full):
    for tag, attributes in full.found:
        assert not {"src", "srcset", "action", "data", "poster"} & set(attributes), tag
        assert tag not in ("link", "iframe", "object", "embed", "base")


def test_the_policy_allows_only_our_scripts(full):
    policy = next(a["content"] for _, a in full.found if a.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1]


def test_hostile_names_make_no_element_and_no_attribute(full, hostile):
    assert {tag for tag, _ in hostile.found} <= {tag for tag, _ in full.found}
    assert not any(name.startswith("on") for _, a in hostile.found for name in a)
    scripts = [sum(tag == "script" for tag, _ in page.found) for page in (full, hostile)]
    assert scripts[0] == scripts[1]


def test_hostile_names_are_legible(hostile):
    said = "".join(hostile.text)
    for name in (cases.HOSTILE[1], cases.HOSTILE[2], cases.HOSTILE[4]):
        assert name in said


def test_a_null_page_shows_no_card_and_no_side():
    page = parsed(page_of(cases.null()))
    assert not [a for tag, a in page.found if tag == "article"]
    assert "belongs to" not in "".join(page.text)


def test_the_demos_size_of_report_is_small():
    assert len(page_of(cases.full())) < 2_000_000
