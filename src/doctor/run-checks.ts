import { CiloError, messageOf } from "../base/errors.ts";
import type { ControllerContext } from "../controller/context.ts";
import { diff } from "../controller/reconcile/diff.ts";
import type { Difference } from "../controller/reconcile/difference.ts";
import { observe } from "../controller/reconcile/observe.ts";
import { addressesCheck } from "./addresses-check.ts";
import { type Check, type Finding, found, foundError } from "./check.ts";
import { composeCheck } from "./compose-check.ts";
import { configCheck } from "./config-check.ts";
import { daemonCheck } from "./daemon-check.ts";
import { diskCheck } from "./disk-check.ts";
import { dnsCheck } from "./dns-check.ts";
import { engineCheck } from "./engine-check.ts";
import { leftoversCheck } from "./leftovers-check.ts";
import { lockCheck } from "./lock-check.ts";
import { createMachine, type Machine } from "./machine.ts";
import { operationsCheck } from "./operations-check.ts";
import { orphansCheck } from "./orphans-check.ts";
import { portCheck } from "./port-check.ts";
import { servicesCheck } from "./services-check.ts";
import { stateCheck } from "./state-check.ts";
import { subnetsCheck } from "./subnets-check.ts";
import { createSurvey, type Survey } from "./survey.ts";
import { withinTimeLimit } from "./time-limit.ts";
import { trashCheck } from "./trash-check.ts";
import { upstreamsCheck } from "./upstreams-check.ts";

/** Every check: what others stand on comes first. */
export const allChecks: readonly Check[] = [
  stateCheck,
  lockCheck,
  operationsCheck,
  configCheck,
  diskCheck,
  engineCheck,
  composeCheck,
  daemonCheck,
  portCheck,
  upstreamsCheck,
  dnsCheck,
  servicesCheck,
  addressesCheck,
  subnetsCheck,
  orphansCheck,
  leftoversCheck,
  trashCheck,
];

/** A finding with the check it comes from. */
export interface NamedFinding extends Finding {
  check: string;
}

export interface RunOptions {
  /** Of this cilo. */
  version: string;
  checks?: readonly Check[];
  machine?: Machine;
  findDifferences?(context: ControllerContext): Promise<Difference[]>;
  /** How long one thing that several checks look at may take; default 10 s, which a loaded engine does not. */
  surveyLimitMs?: number;
  /** How long a check may take; default 20 s. */
  checkLimitMs?: number;
  /** How long what is on its way is waited for; default 2 s. */
  patienceMs?: number;
}

/**
 * Runs the checks side by side. One that fails, or does not come to an end, does not keep the others from their word.
 * What two of them say is told once.
 */
export async function runChecks(context: ControllerContext, options: RunOptions): Promise<NamedFinding[]> {
  const { version, checks = allChecks, checkLimitMs = 20_000 } = options;
  await using survey = createSurvey(context, {
    version,
    machine: options.machine ?? createMachine(context.env),
    limitMs: options.surveyLimitMs ?? 10_000,
    findDifferences: options.findDifferences ?? (async (given) => diff(await observe(given))),
    patienceMs: options.patienceMs ?? 2_000,
  });
  const findings = await Promise.all(
    checks.map(async (check) => {
      const giveUp = () => [found("problem", `gave up after ${checkLimitMs / 1_000} s without a result`)];
      const work = runCheck(check, survey);
      const ofCheck = await withinTimeLimit(work, { limitMs: checkLimitMs, signal: context.signal, giveUp });
      return ofCheck.map((finding) => ({ check: check.name, ...finding }));
    }),
  );
  return withoutRepetitions(findings.flat());
}

/** What a check cannot do without, by the check that tells what is wrong with it. */
const needs: Readonly<Record<string, string>> = {
  state: "the state file",
  config: "config.yml",
  engine: "the engine",
  daemon: "the DNS server",
};

async function runCheck({ name, run }: Check, survey: Survey): Promise<Finding[]> {
  try {
    return await run(survey);
  } catch (error) {
    const teller = survey.tellerOf(error);
    if (teller !== null && teller !== name) return [found("info", `not checked, as it needs ${needs[teller]}`)];
    if (error instanceof CiloError) return [foundError(error)];
    // What a file system says nobody can foresee all of.
    if (error instanceof Error && "syscall" in error) return [found("problem", `not checked: ${messageOf(error)}`)];
    throw error;
  }
}

function withoutRepetitions(findings: readonly NamedFinding[]): NamedFinding[] {
  const told = new Set<string>();
  return findings.filter(({ check, severity, message }) => {
    const text = severity === "problem" ? message : `${check}: ${message}`;
    return !told.has(text) && told.add(text);
  });
}
