"""Attacks by what is packed: bombs, paths that lead out, links, lists that lie."""

from __future__ import annotations

import gzip
import io
import tarfile
import warnings
import zipfile

from redteam.attack import base, family

HALF = base("half").encode()
LINK = 0o120777 << 16


def zipped(*members: tuple[str, bytes], **of_each: int) -> bytes:
    """A zip of `members`; `of_each` sets fields of every entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that two have one name is meant
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in of_each.items():
                setattr(info, key, value)
            archive.writestr(info, content, compresslevel=1)
    return out.getvalue()


def tarred(*members: tarfile.TarInfo) -> bytes:
    """A tar of `members`; a regular one without a size gets the half-solved file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info in members:
            info.size = info.size or (len(HALF) if info.isreg() else 0)
            archive.addfile(info, io.BytesIO(HALF + bytes(max(0, info.size - len(HALF)))))
    return out.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, to: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, to, size
    return info


def nested(times: int) -> bytes:
    """A zip in a zip in a zip, with the file in the innermost."""
    packed = zipped(("vae.py", HALF))
    for _ in range(times):
        packed = zipped(("more.zip", packed))
    return packed


def lying() -> bytes:
    """A zip whose list says that the file has one byte."""
    packed = bytearray(zipped(("vae.py", HALF)))
    at = packed.rindex(b"PK\x01\x02")
    packed[at + 24 : at + 28] = (1).to_bytes(4, "little")
    return bytes(packed)


packed = family("archives", file="", base="half")
ZIPS = {
    "a path that leads up": (zipped(("../../vae.py", HALF)), 0),
    "an absolute path": (zipped(("/tmp/vae.py", HALF)), 0),
    "a path of Windows": (zipped(("C:\\..\\vae.py", HALF)), 0),
    "a link to the system's users": (zipped(("vae.py", b"/etc/passwd"), external_attr=LINK), 0),
    "a bomb": (zipped(("vae.py", bytes(200 << 20))), 0),
    "a bomb beside the file": (zipped(("vae.py", HALF), ("zero.txt", bytes(300 << 20))), 3),
    "twenty thousand files": (zipped(*((f"f{n}/vae.py", b"1") for n in range(20_000))), 0),
    "a zip in a zip, thirty times": (nested(30), 0),
    "a list that lies about sizes": (lying(), 0),
    "an encrypted file": (zipped(("vae.py", HALF), flag_bits=1), None),
    "two files of one name": (zipped(("vae.py", HALF), ("vae.py", base("stub").encode())), 0),
    "NUL and ANSI in a name": (zipped(("\x1b[2Jvae.py\x00.txt", HALF)), None),
    "a name of 60000 letters": (zipped(("a" * 60_000 + "/vae.py", HALF)), None),
    "half of a zip": (zipped(("vae.py", HALF))[:200], 0),
    "a folder called vae.py": (zipped(("vae.py/", b""), ("vae.py/vae.py", HALF)), None),
}
for _name, (_bytes, _score) in ZIPS.items():
    packed.add(_name, beside={"vae.zip": _bytes}, score=_score)
TARS = {
    "a tar with a device": tarred(entry("vae.py", tarfile.CHRTYPE)),
    "a tar with a FIFO": tarred(entry("vae.py", tarfile.FIFOTYPE)),
    "a tar with a hard link": tarred(entry("vae.py", tarfile.LNKTYPE, "/etc/passwd")),
    "a tar with a symbolic link": tarred(entry("vae.py", tarfile.SYMTYPE, "/etc/passwd")),
}
for _name, _bytes in TARS.items():
    packed.add(_name, beside={"vae.tar": _bytes}, score=0)
packed.add(
    "a tar that unpacks to too much",
    beside={"vae.tar.gz": gzip.compress(tarred(entry("vae.py", size=300 << 20)), 1)},
    score=0,
)
packed.add(
    "a tar whose folder is a link",
    beside={"vae.tar": tarred(entry("d", tarfile.SYMTYPE, "/tmp"), entry("d/vae.py"))},
    score=None,
)

linked = family("links and names", file="", base="half")
linked.add("vae.py is a link to the secret", links={"vae.py": "SECRET"}, score=0)
linked.add("vae.py is a link to another submission", links={"vae.py": "SUBMISSION"}, score=0)
linked.add("the folder vae is a link to the results", links={"vae": "RESULTS"}, score=0)
linked.add("a link beside the file", file="vae.py", links={"notes.py": "SECRET"})
for _name, _file in {
    "HTML": "<script>vae<.py",
    "ANSI": "\x1b[2Jvae.py",
    "a formula": "=vae.py",
    "a line break": "vae\n12 of 12.py",
    "an option": "--help.py",
}.items():
    linked.add(f"the file's name: {_name}", file=_file)
