"""Sends DNS messages and says how dnspython understands the replies.

argv: address, port. stdin: a JSON array of {"packet": hex, "transport": "udp" | "tcp", "timeoutMs": number}. stdout: a
JSON array in the same order: null without a reply, {"broken": text} for what dnspython cannot read, else the parts.
"""

import json
import socket
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

import dns.message
import dns.rcode

HEADER_FLAGS = [
    ("qr", 0x8000),
    ("aa", 0x0400),
    ("tc", 0x0200),
    ("rd", 0x0100),
    ("ra", 0x0080),
    ("z", 0x0040),
    ("ad", 0x0020),
    ("cd", 0x0010),
]


def exchange(query, address):
    octets = bytes.fromhex(query["packet"])
    is_udp = query["transport"] == "udp"
    kind = socket.SOCK_DGRAM if is_udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(query["timeoutMs"] / 1000)
        # A connected socket takes datagrams from the address and port it asked, and from nowhere else.
        client.connect(address)
        try:
            if is_udp:
                client.send(octets)
                return client.recv(65535)
            client.sendall(struct.pack("!H", len(octets)) + octets)
            (length,) = struct.unpack("!H", receive(client, 2))
            return receive(client, length)
        except (socket.timeout, ConnectionError, EOFError):
            return None


def receive(client, count):
    octets = b""
    while len(octets) < count:
        chunk = client.recv(count - len(octets))
        if not chunk:
            raise EOFError
        octets += chunk
    return octets


def describe(reply):
    if reply is None:
        return None
    try:
        # Opcodes that dnspython does not know, or knows another form of, are read as what replies to them look like.
        message = dns.message.from_wire(reply[:2] + bytes([reply[2] & 0x87]) + reply[3:])
    except Exception as error:
        return {"broken": repr(error)}
    flags = struct.unpack("!H", reply[2:4])[0]
    counts = struct.unpack("!4H", reply[4:12])
    return {
        "id": message.id,
        "opcode": (flags >> 11) & 15,
        "rcode": dns.rcode.to_text(message.rcode()),
        "flags": " ".join(name for name, bit in HEADER_FLAGS if flags & bit),
        "question": lines(message.sections[0], is_question=True),
        "answer": lines(message.sections[1]),
        "authority": lines(message.sections[2]),
        "additional": lines(message.sections[3]),
        "edns": describe_edns(message),
        "optCount": counts[3] - len(lines(message.sections[3])),
        "reply": reply.hex(),
    }


def describe_edns(message):
    if message.edns < 0:
        return None
    return {
        "version": message.edns,
        "flags": message.ednsflags & 0xFFFF,
        "udpBytes": message.payload,
        "options": [int(option.otype) for option in message.options],
    }


def lines(section, is_question=False):
    if is_question:
        return [rrset.to_text() for rrset in section]
    return [line for rrset in section for line in rrset.to_text().split("\n")]


def main():
    address = (sys.argv[1], int(sys.argv[2]))
    queries = json.load(sys.stdin)
    with ThreadPoolExecutor(max_workers=16) as pool:
        replies = list(pool.map(lambda query: describe(exchange(query, address)), queries))
    json.dump(replies, sys.stdout)


main()
