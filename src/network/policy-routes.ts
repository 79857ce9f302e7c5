import { readFile } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";
import { exec } from "../base/exec.ts";
import { formatCidr, parseCidr } from "./cidr.ts";
import type { HostRoute } from "./routes.ts";

const ipTimeoutMs = 5_000;

/** Types of routes that something at the other end may answer by, or that refuse; `throw` goes on to the next table. */
const takingTypes = new Set(["unicast", "blackhole", "unreachable", "prohibit"]);

/**
 * Reads the routes of all tables but the main and the local one. `/proc/net/fib_trie` says whether there are any, which
 * costs no process; `ip` (iproute2) then knows their devices, and where there is none that does the trie has to do.
 */
export async function readPolicyRoutes(): Promise<HostRoute[]> {
  const routes = parseFibTrie(await readTrie());
  if (routes.length === 0) return [];
  const ip = await runIp();
  return ip === null ? routes : parseIpRoutes(ip);
}

async function readTrie(): Promise<string> {
  try {
    return await readFile("/proc/net/fib_trie", "latin1");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "EACCES")) return "";
    throw error;
  }
}

/** Null where there is no `ip`, or one that speaks no JSON (that of busybox). */
async function runIp(): Promise<string | null> {
  const result = await exec("ip", ["-json", "-4", "route", "show", "table", "all"], { timeoutMs: ipTimeoutMs });
  return result.exitCode === 0 ? result.stdout : null;
}

/**
 * Reads the numbered tables of `/proc/net/fib_trie`. The trie's leaves are addresses ("|-- 10.8.0.0"), followed by what
 * there is for each ("/24 link UNICAST"); it names no devices. The main and the local table are passed over.
 */
export function parseFibTrie(text: string): HostRoute[] {
  const routes: HostRoute[] = [];
  let table: string | null = null;
  let address = "";
  for (const line of text.split("\n")) {
    const heading = /^(?:Id (\d+)|\w+):$/.exec(line);
    if (heading) table = heading[1] ?? null;
    address = /\|-- ([0-9.]+)$/.exec(line)?.[1] ?? address;
    const [, length, type] = /^\s+\/(\d+) \S+ ([A-Z]+)/.exec(line) ?? [];
    const block = length === undefined ? null : parseCidr(`${address}/${length}`);
    if (table === null || block === null || !takingTypes.has(type?.toLowerCase() ?? "")) continue;
    routes.push({ cidr: formatCidr(block), device: "*", table });
  }
  return routes;
}

/**
 * Reads what `ip -json -4 route show table all` prints, of the numbered and named tables besides the main and the local
 * one. What is no such list has none.
 */
export function parseIpRoutes(text: string): HostRoute[] {
  return parseList(text).flatMap((entry): HostRoute[] => {
    const { dst, dev, table, type = "unicast" } = entry;
    if (typeof table !== "string" || ["main", "local"].includes(table) || !takingTypes.has(String(type))) return [];
    const block = dst === "default" ? parseCidr("0.0.0.0/0") : parseCidr(toCidr(String(dst)));
    return block === null ? [] : [{ cidr: formatCidr(block), device: typeof dev === "string" ? dev : "*", table }];
  });
}

function toCidr(text: string): string {
  return text.includes("/") ? text : `${text}/32`;
}

function parseList(text: string): Record<string, unknown>[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter((entry) => typeof entry === "object" && entry !== null) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
