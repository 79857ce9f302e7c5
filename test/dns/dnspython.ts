import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Transport } from "../../src/dns/wire/reply.ts";

const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("ask.py", import.meta.url));

/** Why tests that need dnspython cannot run here, else false. Where CI is set they run, and fail without it. */
export const dnspythonIsMissing =
  existsSync("/usr/lib/python3/dist-packages/dns/message.py") || process.env.CI === "true"
    ? false
    : "dnspython is not installed (Debian: apt-get install python3-dnspython)";

export interface RawQuery {
  /** Sent as it is; by TCP with its length before it. */
  packet: Buffer;
  transport: Transport;
  /** After which silence counts as no reply; 5 seconds unless told. */
  timeoutMs?: number;
}

/** A reply as dnspython understands it; records as in zone files. */
export interface PythonReply {
  id: number;
  opcode: number;
  /** Mnemonic, the OPT record's upper bits included. */
  rcode: string;
  /** Of the header, in its order, "qr aa rd ra"; "z" is the bit that has no meaning. */
  flags: string;
  question: string[];
  answer: string[];
  authority: string[];
  /** Without OPT. */
  additional: string[];
  edns: { version: number; flags: number; udpBytes: number; options: number[] } | null;
  optCount: number;
  /** The octets themselves. */
  reply: Buffer;
}

/**
 * Sends messages to a server on 127.0.0.1, several at a time.
 * @returns replies in the order of the queries, null where none came or the connection was closed.
 * @throws when dnspython cannot read a reply.
 */
export async function askByDnspython(port: number, queries: readonly RawQuery[]): Promise<(PythonReply | null)[]> {
  const child = spawn(python, [script, "127.0.0.1", String(port)], { timeout: 60_000 });
  const output = [text(child.stdout), text(child.stderr)] as const;
  child.stdin.end(
    JSON.stringify(
      queries.map(({ packet, transport, timeoutMs = 5_000 }) => ({
        packet: packet.toString("hex"),
        transport,
        timeoutMs,
      })),
    ),
  );
  const [stdout, stderr] = await Promise.all(output);
  if (stdout === "") throw new Error(`dnspython gave up: ${stderr}`);
  return JSON.parse(stdout).map(toReply);
}

function toReply(said: { broken: string } | (Omit<PythonReply, "reply"> & { reply: string }) | null) {
  if (said === null) return null;
  if ("broken" in said) throw new Error(`dnspython cannot read a reply: ${said.broken}`);
  return { ...said, reply: Buffer.from(said.reply, "hex") };
}
