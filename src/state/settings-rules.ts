import { isIP } from "node:net";
import * as v from "valibot";
import type { DnsSettings } from "./settings.ts";

/** Checks of values that other parts know how to read; each says what is wrong as it follows the value, or null. */
export interface SettingsChecks {
  /** ", which is not ..." of a server as `cilo dns start --upstream` takes it. */
  findUpstreamProblem(text: string): string | null;
  /** The same of a client range as `--allow` takes it. */
  findRangeProblem(text: string): string | null;
}

type Rule<T> = v.GenericSchema<unknown, T>;

/** What each key under `dns` may have; messages say what is allowed. */
export function dnsRules(checks: SettingsChecks): { [Key in keyof DnsSettings]-?: Rule<Required<DnsSettings>[Key]> } {
  const port = "allowed is a whole number from 0 to 65535";
  const flag = v.boolean("allowed are true and false");
  return {
    port: v.pipe(v.number(port), v.integer(port), v.minValue(0, port), v.maxValue(65_535, port)),
    address: v.pipe(
      v.string(address),
      v.check((text) => isIP(text) !== 0, address),
    ),
    upstreams: listOf("servers", checks.findUpstreamProblem),
    allow: listOf("addresses and CIDRs", checks.findRangeProblem),
    logQueries: flag,
    blockRebinding: flag,
    firefoxCanary: flag,
  };
}

const address = 'allowed is an IP address such as "127.0.0.1"';

function listOf(things: string, findProblem: (text: string) => string | null): Rule<string[]> {
  const message = `allowed is a list of ${things}`;
  const item = v.pipe(
    v.string(message),
    v.rawCheck<string>(({ dataset, addIssue }) => {
      const problem = dataset.typed ? findProblem(dataset.value) : null;
      if (problem !== null) addIssue({ message: problem });
    }),
  );
  return v.array(item, message);
}
