"""Telling by their first bytes the kinds of file that get handed in under the name of another."""

from __future__ import annotations

import re

BYTECODE = re.compile(rb"..\r\n.{4}", re.S)
NOTEBOOK = re.compile(rb'"(cells|worksheets|nbformat)"\s*:')
MARKUP = re.compile(rb"<(!doctype|html|head|body|\?xml|svg)\b", re.I)
WHOLE = {
    re.compile(rb"https?://\S+"): "a link",
    re.compile(rb"[A-Za-z0-9+/]{60}[A-Za-z0-9+/\r\n]*={0,2}"): "a file in base64, as mail sends it",
    re.compile(rb"[45]\d\d:? [A-Z][A-Za-z ]{2,40}"): "the error of a web server",
}
BEGINNINGS = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a packed file (gzip)",
    b"BZh": "a packed file (bzip2)",
    b"\xfd7zXZ": "a packed file (xz)",
    b"7z\xbc\xaf": "a packed file (7z)",
    b"Rar!": "a packed file (rar)",
    b"{\\rtf": "a document of a word processor (RTF)",
    b"\xd0\xcf\x11\xe0": "a document of a word processor",
    b"\0\5\x16\7": "a companion file that macOS makes",
    b"\x7fELF": "a compiled program",
    b"MZ\x90": "a compiled program",
    b"bplist": "a bookmark",
    b"[InternetShortcut]": "a bookmark",
    b"version https://git-lfs": "a pointer of Git LFS",
    b"\x80\x02": "a pickle",
    b"\x80\x04": "a pickle",
}
PACKED = {  # the names of what a zip archive holds
    b"word/": "a document of a word processor",
    b"content.xml": "a document of a word processor",
    b"xl/": "a spreadsheet",
    b"ppt/": "slides",
    b"data.pkl": "a file of saved weights",
}


def format_of(text: bytes) -> str:
    """What `text`, without white space around it, is instead of Python; nothing where it may be."""
    for beginning, what in BEGINNINGS.items():
        if text.startswith(beginning):
            return what
    if text.startswith(b"PK\3\4"):
        return next((what for name, what in PACKED.items() if name in text), "a zip archive")
    if text[257:262] == b"ustar":
        return "a packed file (tar)"
    if found := next((what for all_of, what in WHOLE.items() if all_of.fullmatch(text)), ""):
        return found
    if (text[:4], text[8:12]) == (b"RIFF", b"WEBP") or text[4:8] == b"ftyp":
        return "a picture"
    if BYTECODE.match(text) and b"\0" in text[:16]:
        return "compiled Python"
    if MARKUP.match(text):
        return "a web page"
    if text[:1] == b"{" and NOTEBOOK.search(text):
        return "a notebook"
    return ""
