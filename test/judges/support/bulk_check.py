"""Asks a server for names times types with dnspython and prints, as JSON, what is wrong with the replies.

Reads from stdin {"port": 5354, "names": {"web.blue.test.": "exists" | "missing" | "foreign"}, "types": 300,
"transport": "udp" | "tcp"}.
"""

import json
import socket
import struct
import sys

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

REFUSED_TYPES = {249, 250, 251, 252}  # TKEY, TSIG, IXFR, AXFR: nothing is signed and nothing transferred here.
FORMERR_TYPES = {41}  # OPT is no type to ask for: RFC 6891.


def make_query(name, number):
    query = dns.message.Message(id=(number * 7919) & 0xFFFF)
    query.flags = dns.flags.RD
    query.use_edns(0, 0, 1232)
    kind = dns.rdatatype.RdataType.make(number)
    query.question = [dns.rrset.RRset(dns.name.from_text(name), dns.rdataclass.IN, kind)]
    return query


def expected_rcodes(kind, number):
    if number in FORMERR_TYPES:
        return {dns.rcode.FORMERR}
    if number in REFUSED_TYPES:
        return {dns.rcode.REFUSED}
    if kind == "foreign" and number == 0:
        return {dns.rcode.REFUSED}  # Type 0 is reserved, and forwarded to nobody.
    return {"exists": {dns.rcode.NOERROR}, "missing": {dns.rcode.NXDOMAIN}, "foreign": {dns.rcode.SERVFAIL}}[kind]


def complaints(query, wire, kind, number):
    try:
        reply = dns.message.from_wire(wire)
    except dns.exception.DNSException as error:
        yield f"cannot be parsed: {error!r}"
        return
    rcode = reply.rcode()
    if not query.is_response(reply):
        yield "is not a reply to the query"
    if rcode not in expected_rcodes(kind, number):
        yield f"has rcode {dns.rcode.to_text(rcode)}"
    if reply.edns != 0 or reply.payload != 1232 or reply.options and kind != "foreign":
        yield f"has OPT version {reply.edns}, size {reply.payload}, {len(reply.options)} options"
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        if reply.answer or reply.authority:
            yield "has records beside its error"
        return
    if not reply.flags & dns.flags.AA:
        yield "is not authoritative"
    if reply.flags & dns.flags.TC:
        if reply.answer:
            yield "is truncated and has records all the same"
        return
    if rcode == dns.rcode.NXDOMAIN and reply.answer:
        yield "has answers to a name that does not exist"
    soas = [rrset for rrset in reply.authority if rrset.rdtype == dns.rdatatype.SOA]
    if not reply.answer and (len(soas) != 1 or len(reply.authority) != 1):
        yield "is negative without one SOA record"
    for rrset in soas:
        if not query.question[0].name.is_subdomain(rrset.name):
            yield f"has the SOA of {rrset.name}, which the name is not below"
        if rrset.ttl != min(rrset.ttl, rrset[0].minimum):
            yield "has an SOA that outlives its MINIMUM"
    for rrset in reply.answer:
        if rrset.name != query.question[0].name:
            yield f"answers for {rrset.name}"
        if number != dns.rdatatype.ANY and rrset.rdtype != number:
            yield f"answers with type {rrset.rdtype}"


class Transport:
    def __init__(self, kind, port):
        self.is_stream = kind == "tcp"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if self.is_stream else socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.socket.connect(("127.0.0.1", port))

    def exchange(self, wire):
        if not self.is_stream:
            self.socket.send(wire)
            return self.socket.recv(65535)
        self.socket.sendall(struct.pack("!H", len(wire)) + wire)
        return self.receive(struct.unpack("!H", self.receive(2))[0])

    def receive(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError("the connection was closed")
            data += more
        return data


def main():
    task = json.load(sys.stdin)
    transport = Transport(task["transport"], task["port"])
    asked, wrong = 0, []
    for name, kind in task["names"].items():
        for number in range(task["types"] + 1):
            query = make_query(name, number)
            try:
                wire = transport.exchange(query.to_wire())
            except OSError as error:
                wrong.append(f"{name} TYPE{number}: no reply: {error}")
                transport = Transport(task["transport"], task["port"])
                continue
            asked += 1
            wrong += [f"{name} TYPE{number}: {text}" for text in complaints(query, wire, kind, number)]
    json.dump({"asked": asked, "wrong": wrong}, sys.stdout)


main()
