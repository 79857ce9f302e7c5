import * as v from "valibot";
import { exec } from "../base/exec.ts";

/** What the system's resolver said of a name. */
export type LookUp =
  /** Each once, sorted; none: there is no such name. */
  | { addresses: string[] }
  /** It failed otherwise: getaddrinfo's code, "EAI_AGAIN". */
  | { failure: string };

/** Longer than the 5 s after which the C library asks the next server. */
const timeoutMs = 8_000;

/** Runs in a process of its own: getaddrinfo(3) cannot be cut short, and a process that waits for it does not end. */
const program = `
const { lookup } = require("node:dns");
const names = process.argv.slice(1);
Promise.all(names.map((name) => new Promise((resolve) => {
  lookup(name, { all: true }, (error, found) => {
    const addresses = (found ?? []).map(({ address }) => address);
    const line = JSON.stringify({ name, addresses, failure: error === null ? null : error.code });
    process.stdout.write(line + "\\n", resolve);
  });
})));
`;

const replySchema = v.object({ name: v.string(), addresses: v.array(v.string()), failure: v.nullable(v.string()) });

/**
 * Looks names up as every program on this machine does, with getaddrinfo(3).
 * @param names at most four are asked for at once, as many as Node has threads.
 * @returns an entry for each name that the resolver said something of in time.
 */
export async function lookUpNames(names: readonly string[], env: NodeJS.ProcessEnv): Promise<Map<string, LookUp>> {
  const { stdout } = await exec(process.execPath, ["--eval", program, "--", ...names], { env, timeoutMs });
  const found = new Map<string, LookUp>();
  for (const line of stdout.split("\n")) {
    const reply = parseReply(line);
    if (reply === null) continue;
    const { name, addresses, failure } = reply;
    // ENOTFOUND is Node's word for both EAI_NONAME and EAI_NODATA.
    const isAnswer = failure === null || failure === "ENOTFOUND";
    found.set(name, isAnswer ? { addresses: [...new Set(addresses)].sort() } : { failure });
  }
  return found;
}

/** Null for what something that NODE_OPTIONS loads has to say. */
function parseReply(line: string): v.InferOutput<typeof replySchema> | null {
  try {
    const parsed = v.safeParse(replySchema, JSON.parse(line));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
