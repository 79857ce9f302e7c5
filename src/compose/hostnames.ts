import { parseHostname } from "../model/custom-hostname.ts";
import { unescapeDollars } from "./model.ts";

/**
 * Splits the label `cilo.hostnames`: names separated by commas or whitespace, each once, as DNS has them: lower case,
 * without final dots, other scripts encoded. A wildcard (`*.shop.example`) is one of them.
 */
export function splitHostnames(label: string): { names: string[]; problems: string[] } {
  const names = new Set<string>();
  const problems: string[] = [];
  for (const text of unescapeDollars(label).split(/[\s,]+/)) {
    if (text === "") continue;
    const hostname = parseHostname(text);
    if (hostname.kind === "invalid") {
      problems.push(`${JSON.stringify(text)} is not a host name and is left out: ${hostname.reason}`);
    } else if (hostname.kind === "exact") names.add(hostname.name);
    else names.add(hostname.name === "" ? "*" : `*.${hostname.name}`);
  }
  return { names: [...names], problems };
}

/** The name as DNS has it; null for a wildcard and for what is no host name. */
export function toExactName(name: string): string | null {
  const hostname = parseHostname(name);
  return hostname.kind === "exact" ? hostname.name : null;
}
