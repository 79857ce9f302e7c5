import type { ProbeMethod } from "./probe-method.ts";

const connectScript = `
import errno, socket, sys, threading
limit, rest, results = float(sys.argv[1]), sys.argv[2:], {}
def one(number, host, port):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    s.settimeout(limit)
    try:
        s.connect((host, int(port)))
        results[number] = "0"
    except socket.timeout:
        results[number] = "1 timed out"
    except (OSError, socket.error) as e:
        results[number] = "1 " + errno.errorcode.get(e.errno, str(e))
    s.close()
threads = [threading.Thread(target=one, args=(i, rest[2 * i], rest[2 * i + 1])) for i in range(len(rest) // 2)]
for t in threads: t.start()
for t in threads: t.join()
for number in results: print("%d %s" % (number, results[number]))
`;

/**
 * A query for A records and its reply's, RFC 1035 section 4; the standard library has no resolver that can be told whom
 * to ask.
 */
const lookupScript = `
import socket, struct, sys, threading
limit, names, results = float(sys.argv[1]), sys.argv[2:], {}
def skip(data, at):
    while data[at]:
        if data[at] >= 192: return at + 2
        at += data[at] + 1
    return at + 1
def one(number, name):
    labels = b"".join(struct.pack("B", len(l)) + l.encode("ascii") for l in name.split("."))
    query = struct.pack(">HHHHHH", number + 1, 256, 1, 0, 0, 0) + labels + b"\\0" + struct.pack(">HH", 1, 1)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(limit)
    try:
        s.sendto(query, ("127.0.0.11", 53))
        data, found = bytearray(s.recv(4096)), []
        at = len(query)
        for _ in range(struct.unpack(">H", bytes(data[6:8]))[0]):
            at = skip(data, at)
            kind, _c, _t, size = struct.unpack(">HHIH", bytes(data[at:at + 10]))
            if kind == 1: found.append(socket.inet_ntoa(bytes(data[at + 10:at + 14])))
            at += 10 + size
        results[number] = "0 " + " ".join(found)
    except Exception as e:
        results[number] = "1 " + str(e)
    s.close()
threads = [threading.Thread(target=one, args=(i, n)) for i, n in enumerate(names)]
for t in threads: t.start()
for t in threads: t.join()
for number in results: print("%d %s" % (number, results[number].replace("\\n", " ")))
`;

const programs = ["python3", "python"];

export const pythonConnectMethods = programs.map((program) => pythonMethod(program, connectScript));
export const pythonLookupMethods = programs.map((program) => pythonMethod(program, lookupScript));

function pythonMethod(program: string, script: string): ProbeMethod {
  return {
    name: program,
    command: (questions, timeoutSeconds) => [program, "-c", script, String(timeoutSeconds), ...questions],
  };
}
