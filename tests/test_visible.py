"""A name in someone's file shows itself, and does nothing to what shows it."""

import ast
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import traindiff.cli
from traindiff.visible import markdown as _safe
from traindiff.visible import visible, visible_json, visible_lines

CONTROLS = [*map(chr, range(32)), "\x7f", *map(chr, range(0x80, 0xA0)), *"\u202a\u202e\u2066\u2069"]
CONTROLS += ["\u200e", "\u061c", "\u2028", "\u2029", "\ufeff", "\u200b", "\udc80", "\U000e0041"]


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_becomes_its_escape(control):
    shown = visible(f"a{control}b")
    assert shown.isprintable()
    assert shown[1] == "\\"
    assert shown.encode().decode("unicode_escape") == f"a{control}b"


@pytest.mark.parametrize("text", ["naïve – “7 × 8” ≤ 60", "日本語", "می‌خواهم", "👩‍🔬", "a\\b"])
def test_what_people_write_stays(text):
    assert visible(text) == text


@given(st.text(st.characters(codec=None), max_size=40))
def test_no_text_acts(text):
    assert not any(each in visible(text) for each in CONTROLS)
    assert all(line.startswith("  ") for line in visible_lines(f"ours\n{text}").split("\n")[1:])
    document = json.dumps({"name": text}, ensure_ascii=False, indent=1)
    assert json.loads(visible_json(document)) == {"name": text}
    assert not any(each in visible_json(document) for each in CONTROLS if each != "\n")


def test_every_print_of_the_command_line_goes_through_it():
    prints = {"echo", "print", "secho", "log", "write"}
    for path in Path(traindiff.cli.__file__).parent.glob("*.py"):
        text = path.read_text()
        if path.name == "meter.py":  # whose one text, the title, is made visible at its entrance
            continue
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                if call.func.attr not in prints or not call.args:
                    continue
                printed = ast.get_source_segment(text, call.args[0])
                assert _harmless(printed), f"{path.name}: {printed}"


def _harmless(printed):
    shown = ("visible", "_text(", "_hypotheses(", "Text.assemble(", '"[bold red]error:[/] "')
    return printed.startswith(shown) or printed == "text"


@pytest.mark.parametrize(
    "text",
    [
        "~~gone~~", "$x^2$", "$$x$$", "&lt;b&gt;", "a & b", "&amp;", "<b>", "[a](b)", "![a](b)",
        "`code`", "**bold**", "_a_", "| a | b |", "# a", "- a", "+ a", "* a", "1. a", "12) a",
        "===", "---", "> a", "\\", "a\\~b", "<!-- -->", "[a]: b", "\ta",
    ],
)  # fmt: skip
def test_markdown_says_what_the_text_says(text):
    read = MarkdownIt("js-default", {"linkify": False}).parse(_safe(text))
    assert [token.type for token in read] == ["paragraph_open", "inline", "paragraph_close"]
    assert {token.type for token in read[1].children} <= {"text"}
    assert "".join(token.content for token in read[1].children) == " ".join(text.split())


@pytest.mark.parametrize("text", ["~", "$", "http://x", "ftp://x", "WWW.x", "@name", "a@b.c"])
def test_markdown_has_no_address_mention_or_formula_left(text):
    for whole in ("~", "$", "://", "www.", "@n", "@b"):
        assert whole not in re.sub(r"\\[~$:]", "", _safe(text).lower())
