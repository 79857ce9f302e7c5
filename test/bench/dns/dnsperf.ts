import { CiloError } from "../../../src/base/errors.ts";
import { exec } from "../../../src/base/exec.ts";

/** What one run of dnsperf says. */
export interface DnsperfRun {
  queriesPerSecond: number;
  completed: number;
  lost: number;
  averageLatencyMs: number;
  /** Replies by response code, "NOERROR". */
  rcodes: Record<string, number>;
}

export interface DnsperfOptions {
  port: number;
  queriesFile: string;
  seconds: number;
  transport: "udp" | "tcp";
  /** What stands before the command, to keep it on CPUs of its own. */
  prefix: readonly string[];
}

/** Sockets, and so source ports, that queries come from; 100 queries are outstanding at any moment (its default). */
const clients = 4;
/** A query counts as lost after as many seconds; a server that has not answered within them has dropped it. */
const lostAfterSeconds = 2;

/**
 * Puts a server under as much load as it takes, with EDNS.
 * @throws CILO_COMMAND_FAILED
 */
export async function runDnsperf(options: DnsperfOptions): Promise<DnsperfRun> {
  const { port, queriesFile, seconds, transport, prefix } = options;
  const limits = ["-l", `${seconds}`, "-t", `${lostAfterSeconds}`, "-c", `${clients}`, "-T", "1"];
  const target = ["-s", "127.0.0.1", "-p", `${port}`, "-m", transport, "-f", "inet"];
  const [file = "", ...args] = [...prefix, "dnsperf", ...target, "-d", queriesFile, "-e", ...limits];
  const result = await exec(file, args, { timeoutMs: (seconds + 10) * 1_000 });
  if (result.exitCode === 0) return parseDnsperf(result.stdout);
  const reason = result.startFailure ?? `it ended with ${result.exitCode}: ${result.stderr.trim()}`;
  throw new CiloError("CILO_COMMAND_FAILED", `cannot put port ${port} under load with dnsperf: ${reason}`, {
    hint: 'install it: "sudo apt-get install dnsperf"',
  });
}

/**
 * Reads dnsperf's statistics.
 * @throws CILO_COMMAND_FAILED when they are not there.
 */
export function parseDnsperf(output: string): DnsperfRun {
  const number = (label: string) => {
    const text = new RegExp(`^\\s*${label}:\\s+([\\d.]+)`, "m").exec(output)?.[1];
    if (text !== undefined) return Number(text);
    throw new CiloError("CILO_COMMAND_FAILED", `dnsperf says nothing of "${label}":\n${output}`);
  };
  const codes = /^\s*Response codes:\s+(.+)$/m.exec(output)?.[1] ?? "";
  return {
    queriesPerSecond: number("Queries per second"),
    completed: number("Queries completed"),
    lost: number("Queries lost"),
    averageLatencyMs: number("Average Latency \\(s\\)") * 1_000,
    rcodes: Object.fromEntries(
      [...codes.matchAll(/(\w+) (\d+) \(/g)].map(([, code = "", count]) => [code, Number(count)]),
    ),
  };
}
