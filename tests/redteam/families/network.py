"""Attacks by network: whatever reaches the trial's own listeners on this machine has got out."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import SHORT, everywhere, family

NETWORK = {**SHORT, "question_seconds": 2.0, "budget_seconds": 4.0}
net = family("network", needs="network", limits=NETWORK, alone=True)
for _name, _code in {
    "TCP": "socket.create_connection(('127.0.0.1', @TCP@), 1).sendall(b'hello')",
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'hello', ('127.0.0.1', @UDP@))",
    "IPv6": "socket.create_connection(('::1', @TCP6@), 1).sendall(b'hello')",
    "HTTP": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:%d/?x=1' % @TCP@, timeout=1)",
    "DNS by hand": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(12) + b'\\x06secret\\0\\0\\x01\\0\\x01', ('127.0.0.1', @UDP@))",
    "a raw socket": """
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.sendto(b'\\x08' + bytes(7), ('127.0.0.1', 0)); print('BREACH raw')
""",
    "a packet socket": "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3); s.bind(('lo', 0)); s.send(bytes(60)); print('BREACH packet') if len(socket.if_nameindex()) > 1 else None",
    "a server that waits": """
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
socket.create_connection(s.getsockname(), 1)
socket.create_connection(('127.0.0.1', @TCP@), 1).sendall(b'hello')
""",
    "sent with the first packet": "s = socket.socket(); s.sendto(b'hello', 0x20000000, ('127.0.0.1', @TCP@))",
    "torch.distributed": "import torch.distributed as d; d.TCPStore('127.0.0.1', @TCP@, timeout=__import__('datetime').timedelta(seconds=1))",
    "by a child": """
import os
if os.fork() == 0:
    try: socket.create_connection(('127.0.0.1', @TCP@), 1).sendall(b'hello')
    finally: os._exit(0)
os.wait()
""",
    "by ctypes": """
import ctypes, struct
libc = ctypes.CDLL(None)
fd = libc.socket(2, 1, 0)
libc.connect(fd, struct.pack('=HHI8x', 2, socket.htons(@TCP@), 0x0100007f), 16)
libc.send(fd, b'hello', 5, 0)
""",
}.items():
    net.add(_name, "import socket", everywhere(_code + "\nreturn torch.zeros(())"))

local = family("sockets of this machine", limits=SHORT, alone=True)
for _name, _code in {
    "a path": "s = socket.socket(socket.AF_UNIX); s.settimeout(1); s.connect(@UNIX@); s.sendall(b'hello')",
    "a path, as datagrams": "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'hello', @UNIX@ + '.dgram')",
    "an abstract name": "s = socket.socket(socket.AF_UNIX); s.settimeout(1); s.connect('\\0' + @ABSTRACT@); s.sendall(b'hello')",
}.items():
    local.add(
        _name,
        "import socket",
        everywhere(_code + "\nreturn torch.zeros(())"),
        needs="abstract sockets" if "abstract" in _name else "sockets",
    )
local.add(
    "netlink, vsock, bluetooth, alg",
    "import socket",
    everywhere("""
    for numbers in ((16, 3, 0), (40, 1, 0), (31, 3, 0), (38, 5, 0), (44, 3, 0), (17, 3, 0)):
        try: socket.socket(*numbers).close()
        except OSError: pass
    return torch.zeros(())
    """),
)
