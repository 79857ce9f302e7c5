import { isIP } from "node:net";
import * as v from "valibot";
import type { DnsSettings, NetworkSettings, Settings, TrashSettings } from "./settings.ts";

/**
 * Checks of values that other parts know how to read; each says what is wrong as it follows the value, or null. Without
 * one such a value is taken as it stands.
 */
export interface SettingsChecks {
  /** ", which is not ..." of a server as `cilo dns start --upstream` takes it. */
  findUpstreamProblem?(text: string): string | null;
  /** The same of a client range as `--allow` takes it. */
  findRangeProblem?(text: string): string | null;
  /** The same of a block of addresses that subnets are to be taken from. */
  findBaseSubnetProblem?(text: string): string | null;
}

type Rule<T> = v.GenericSchema<unknown, T>;
type RulesOf<Section> = { [Setting in keyof Section]-?: Rule<NonNullable<Section[Setting]>> };

/** A key of the file: the setting it is, and what it may have. */
export interface SettingRule {
  setting: string;
  rule: v.GenericSchema;
}

/** What may stand in the file, by section and key; messages say what is allowed. */
export function settingsRules(checks: SettingsChecks): Record<keyof Settings, ReadonlyMap<string, SettingRule>> {
  return {
    dns: byKey(dnsRules(checks), (setting) => setting),
    network: byKey(networkRules(checks), toSnakeCase),
    trash: byKey(trashRules(), toSnakeCase),
  };
}

function byKey(
  rules: Readonly<Record<string, v.GenericSchema>>,
  toKey: (setting: string) => string,
): Map<string, SettingRule> {
  return new Map(Object.entries(rules).map(([setting, rule]) => [toKey(setting), { setting, rule }]));
}

/** "base_subnet" for "baseSubnet" */
function toSnakeCase(setting: string): string {
  return setting.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function networkRules({ findBaseSubnetProblem }: SettingsChecks): RulesOf<NetworkSettings> {
  const subnet = textWithout(findBaseSubnetProblem, 'allowed is an IPv4 CIDR such as "10.224.0.0/16"');
  return { baseSubnet: subnet, keptBaseSubnet: subnet };
}

function trashRules(): RulesOf<TrashSettings> {
  return { keepDays: wholeNumber(0, 36_500), maxSizeMb: wholeNumber(0, 1_000_000_000) };
}

function wholeNumber(min: number, max: number): Rule<number> {
  const message = `allowed is a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

function dnsRules(checks: SettingsChecks): RulesOf<DnsSettings> {
  const flag = v.boolean("allowed are true and false");
  return {
    port: wholeNumber(0, 65_535),
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

function listOf(things: string, findProblem: SettingsChecks["findRangeProblem"]): Rule<string[]> {
  const message = `allowed is a list of ${things}`;
  return v.array(textWithout(findProblem, message), message);
}

/** Text in which a check, where there is one, finds nothing wrong. */
function textWithout(findProblem: SettingsChecks["findRangeProblem"], message: string): Rule<string> {
  return v.pipe(
    v.string(message),
    v.rawCheck<string>(({ dataset, addIssue }) => {
      const problem = dataset.typed ? (findProblem?.(dataset.value) ?? null) : null;
      if (problem !== null) addIssue({ message: problem });
    }),
  );
}
