import { runTool } from "./tools.ts";

/** A reply as dig understands it. */
export interface DigReply {
  opcode: string;
  status: string;
  /** "qr aa rd ra". */
  flags: string;
  /** What dig shows of header bits that must be zero: "0x4"; empty when they are. */
  reservedBits: string;
  /** Questions, answers, authority, additional. */
  counts: [number, number, number, number];
  /** "version: 0, flags: do; udp: 1232"; null without OPT. */
  edns: string | null;
  /** Lines of options in OPT, "NSID: 61". */
  options: string[];
  /** Records as in zone files, with one blank between fields. */
  answer: string[];
  authority: string[];
  elapsedMs: number;
}

/**
 * Runs dig once, without retries; `args` hold the server and the question.
 * @param prefix what goes before the command, `nsenter` and its arguments.
 * @throws when there is no reply, or dig has any warning about it.
 */
export async function dig(args: readonly string[], prefix: readonly string[] = []): Promise<DigReply> {
  const [file = "", ...rest] = [...prefix, "dig", "-r", "+tries=1", "+time=10", ...args];
  const start = performance.now();
  const output = await runTool(file, rest);
  const elapsedMs = performance.now() - start;
  const header = /opcode: (\S+), status: (\S+), id:/.exec(output);
  const complaints = output.match(
    /^;; (?:Warning|BADCOOKIE|Got bad|Question section mismatch|ERROR|.*malformed).*$/gim,
  );
  const expected = /^;; WARNING: recursion requested but not available$/;
  const real = (complaints ?? []).filter((line) => !expected.test(line));
  if (header === null || real.length > 0) throw new Error(`dig ${args.join(" ")} complains: ${output}`);
  return {
    opcode: header[1] ?? "",
    status: header[2] ?? "",
    flags: /^;; flags: ([^;]*);/m.exec(output)?.[1] ?? "",
    reservedBits: /^;; flags: [^;]*; MBZ: ([^;,]*)[;,]/m.exec(output)?.[1] ?? "",
    counts: readCounts(output),
    edns: /^; EDNS: (.*)$/m.exec(output)?.[1]?.trim() ?? null,
    options: output.match(/^; (?:NSID|COOKIE|CLIENT-SUBNET|EXPIRE|PADDING|EDE|TCP[ -]KEEPALIVE|OPT=\d+).*$/gim) ?? [],
    answer: readSection(output, "ANSWER"),
    authority: readSection(output, "AUTHORITY"),
    elapsedMs,
  };
}

function readCounts(output: string): DigReply["counts"] {
  const counts = /QUERY: (\d+), ANSWER: (\d+), AUTHORITY: (\d+), ADDITIONAL: (\d+)/.exec(output)?.slice(1).map(Number);
  const [questions = -1, answers = -1, authority = -1, additional = -1] = counts ?? [];
  return [questions, answers, authority, additional];
}

function readSection(output: string, name: string): string[] {
  const section = new RegExp(`^;; ${name} SECTION:\\n((?:[^\\n]+\\n)*)`, "m").exec(output)?.[1] ?? "";
  const lines = section.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.replace(/\s+/g, " "));
}
