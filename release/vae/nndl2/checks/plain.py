"""What an exception means, where its own message says it in words of no use to a student."""

from __future__ import annotations

import re

OUR_PATH = re.compile(r" \((/|[A-Z]:\\)[^()]*\)")  # "cannot import name 'x' from 'torch' (/...)"
LONG = 160
NO_NETWORK = "there is no network here"
NO_MEMORY = "it needs more memory than a submission may use"
NETWORK = (
    r"urlopen error|Error downloading|getaddrinfo|Name or service|name resolution|Max retries"
    r"|Network is unreachable|Connection refused|Failed to establish"
)
MEANINGS: tuple[tuple[str, str, str], ...] = (  # kind, message (both may say more), meaning
    ("TypeError", "its first parameter has to be self", "its first parameter has to be self"),
    (
        "NotImplementedError",
        'missing the required "forward"',
        "it is no layer that can be called, as an nn.Sequential is",
    ),
    (
        "RuntimeError",
        "must have the same dtype|expected scalar type|expected m1 and m2|Found dtype",
        "tensors of two number types meet; use that of the input (float32)",
    ),
    ("RecursionError", "", "it calls itself without end"),
    ("TypeError", r"\bellipsis\b", "... stands where something is still to be written"),
    (
        "",
        "NVIDIA driver|compiled with CUDA|CUDA GPUs|CUDA driver|mps device|MPS backend"
        r"|not linked with support for (cuda|mps)|torch\.cuda\.\w+Tensor not available"
        "|'(CUDA|MPS)' backend|deserialize object on a CUDA|no accelerator is available",
        "a GPU is hard-coded; use the device of the input (x.device), or none where there is no"
        " input",
    ),
    (
        "AssertionError",
        r"^assert\b.*\b(cuda|mps)\b",
        "it asks for a GPU, and there is none here; delete that line",
    ),
    (
        "",
        "on the same device",
        "tensors of two devices meet; use the device of the input (x.device)",
    ),
    (
        "TypeError",
        r"^(list|tuple) is not a Module subclass",
        "nn.Sequential takes its layers one by one, with no list around them",
    ),
    (
        "TypeError",
        r"torch\.nn\.functional\.(?P<it>\w+) is not a Module subclass",
        "F.{it} is a function; nn.Sequential takes layers, such as nn.ReLU()",
    ),
    (
        "TypeError",
        r"torch\.nn\.modules\.\w+\.(?P<it>\w+) is not a Module subclass",
        "brackets are missing after nn.{it}",
    ),
    ("TypeError", "is not a Module subclass", "nn.Sequential takes layers alone"),
    (
        "NameError",
        r"name '(?P<it>torch|nn|F|np|plt|math)' is not defined",
        "{it} is not imported; write its import at the top of the file",
    ),
    (
        "NameError",
        "'get_ipython'",
        "get_ipython stands for a command of a notebook; delete that line",
    ),
    ("BdbQuit", "", "a debugger was left in it (breakpoint or pdb); delete that line"),
    ("EOFError", "EOF when reading|^$", "it asks for input, and nobody is there to answer"),
    ("SystemExit", "", "it ends the program by itself (exit, quit or sys.exit); delete that line"),
    ("KeyboardInterrupt", "", "it interrupts the program by itself; delete that line"),
    ("URLError|HTTPError|gaierror|Connection|Timeout|MaxRetry", "", NO_NETWORK),
    ("", f"{NETWORK}|{NO_NETWORK}", NO_NETWORK),
    ("MemoryError|OutOfMemory", "", NO_MEMORY),
    (
        "",
        "not enough memory|can't allocate memory|Cannot allocate memory|DefaultCPUAllocator",
        NO_MEMORY,
    ),
    (
        "AttributeError",
        r"(before|without) Module\.__init__\(\)|no attribute '_(modules|parameters|buffers)'",
        "super().__init__() has to be called first in __init__",
    ),
    (
        "FileNotFoundError|NotADirectoryError",
        r"'(?P<it>/content\b[^']*)'",
        "{it} is a folder of Colab and not here; keep such lines in the notebook",
    ),
    (
        "FileNotFoundError|NotADirectoryError",
        r"'(?P<it>[^']+)'",
        "there is no {it} here; only this one file is handed in",
    ),
    (
        "OSError|PermissionError|BlockingIOError|FileNotFoundError",
        r"^\[Errno (1|2|11|13|30|38)\] [^:']*$",  # no file is named
        "it starts a process, which the grader does not allow; the file can do without",
    ),
    (
        "ImportError|TclError",
        "interactive framework|no display name",
        "it opens a window, and there is no screen here; delete that line",
    ),
    (
        "RuntimeError",
        "Dataset not found",
        "there are no data here; load them in the notebook",
    ),
    (
        "OSError|PermissionError",
        r"(Permission denied|Operation not permitted|Read-only).*'(?P<it>/[^']*)'",
        "{it} is not open to a submission",
    ),
    (
        "NameError",
        r"'(?P<it>xrange|raw_input|unicode|basestring|long|unichr|reload|reduce)'",
        "{it} is a name of Python 2; write it for Python 3",
    ),
    (
        "AttributeError",
        r"'(?P<it>iteritems|itervalues|iterkeys|has_key)'",
        "{it} is a name of Python 2; write it for Python 3",
    ),
    (
        "ModuleNotFoundError",
        r"'(?P<it>urllib2|cPickle|cStringIO|StringIO|ConfigParser|Queue|Tkinter|__builtin__)'",
        "{it} is a module of Python 2; write it for Python 3",
    ),
    (
        "ImportError",
        "attempted relative import",
        "the files beside it are not part of the hand-in; put what it needs into this file",
    ),
    (
        "ImportError",
        r"partially initialized module|'_student_\d+'",
        "it imports itself; delete that line",
    ),
    (
        "RuntimeError",
        "in-place operation|inplace operation|Inplace update",
        "a tensor that the gradients need is changed in place; make a new one instead",
    ),
)


def plainly(kind: str, message: str, line: str = "") -> str:
    """The meaning of an exception of the type named `kind`, else its message without our paths.

    One without a message is known by the `line` that raised it.
    """
    meaning, quoted = _meaning(kind, message, line)
    return meaning.format(**quoted) or _first_sentence(OUR_PATH.sub("", message))


def in_our_words(kind: str, message: str, line: str = "") -> str:
    """The meaning of an exception that repeats nothing of its message, else nothing."""
    meaning, quoted = _meaning(kind, message, line)
    return "" if quoted else meaning


def lacks_memory(kind: str, message: str) -> bool:
    """Whether an exception says that memory ran out."""
    return _meaning(kind, message, "")[0] == NO_MEMORY


def _meaning(kind: str, message: str, line: str) -> tuple[str, dict[str, str]]:
    """The first meaning that fits, and what it quotes from the message."""
    for said in (message, "" if message else line):
        for kinds, messages, meaning in MEANINGS:
            found = re.search(messages, said)
            if found and re.match(kinds, kind):
                return meaning, found.groupdict()
    return "", {}


def _first_sentence(message: str) -> str:
    """Long messages begin with what matters (NumPy's on np.float go on for a page)."""
    if len(message) <= LONG:
        return message
    end = message.find(". ", 20, LONG)
    return message[: end + 1] if end > 0 else message
