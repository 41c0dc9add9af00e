"""Texts of others, such as names in their files, shown so that they can't act on a terminal."""

import json
import re
import unicodedata

__all__ = ["markdown", "visible", "visible_json", "visible_lines"]

# What a terminal obeys instead of drawing: controls (Cc: C0 and C1), what turns or hides the text
# beside it (Cf: bidi controls, zero widths, tags), other line ends (Zl, Zp), halves of a character
# (Cs: file names that are no UTF-8, which can't be printed at all).
OBEYED = {"Cc", "Cf", "Zl", "Zp", "Cs"}
KEPT = "\u200c\u200d"  # the joiners, without which Persian words and many emoji fall apart

MEANT = re.compile(
    r"[\\`*_\[\]<>|#~$&]"
    r"|:(?=//)|(?<=www)\."  # of a bare address, which would become a link
    r"|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]",  # of a list, or of the line below a heading
    re.IGNORECASE,
)
"""What Markdown reads as more than text."""


def visible(text: str) -> str:
    r"""Return a text on one line, with every character that a terminal would obey as its escape.

    >>> print(visible("\x1b]0;mine\x07\nReport: elsewhere"))
    \x1b]0;mine\x07\nReport: elsewhere
    """
    return "".join(_escaped(each) if _obeyed(each) else each for each in text)


def visible_lines(text: str, indent: str = "  ") -> str:
    """Return a text of several lines as `visible`, each after the first set in by ``indent``.

    So no name can begin a line at the margin, where ours begin.
    """
    return f"\n{indent}".join(visible(line) for line in text.split("\n"))


def visible_json(text: str) -> str:
    """Return a JSON text that means the same, with its controls as JSON's escapes."""
    found = {each for each in text if _obeyed(each) and each != "\n"}
    return text.translate({ord(each): json.dumps(each)[1:-1] for each in found})


def markdown(text: str) -> str:
    """Keep a text from being read as Markdown or HTML, on one line."""
    escaped = MEANT.sub(r"\\\g<0>", visible(" ".join(text.split())))
    # Mentions and addresses are looked for after escapes are undone: only a gap keeps them apart.
    return escaped.replace("@", "@&#8203;")


def _obeyed(character: str) -> bool:
    return unicodedata.category(character) in OBEYED and character not in KEPT


def _escaped(character: str) -> str:
    return re.sub(r"^\\u00", r"\\x", character.encode("unicode_escape").decode())
