import { CiloError } from "../base/errors.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { findFailures, type SettleOptions, type SettleResult } from "./settle.ts";

type Failed = SettleResult["failed"];
type Redact = (text: string) => string;

/** The error of an environment of which some services are not as they should be, with the last they wrote. */
export function servicesFailed(
  environment: Pick<Environment, "project" | "name">,
  failed: Failed,
  redact: Redact,
): CiloError {
  const key = keyOf(environment);
  return new CiloError("CILO_UP_FAILED", `${key} did not come up: ${listOf(failed)}\n${wordsOf(failed, redact)}`, {
    hint: hintFor(key, failed),
    details: { failed: failed.map(({ service, status }) => ({ service, status })) },
  });
}

function hintFor(key: string, failed: Failed): string {
  return failed.every(({ status }) => status === "starting" || status === "running")
    ? `run "cilo logs ${key}" for all they wrote, or give them longer with "cilo up ${key} --timeout SECONDS"`
    : `run "cilo logs ${key} ${failed[0]?.service ?? ""}" for all it wrote`;
}

/** A hint that names the very thing that is in the way helps more than a look at what others wrote. */
function isSelfEvident(hint: string | null): hint is string {
  return hint?.startsWith("take the port out") ?? false;
}

/** Does work of Compose's; where it fails because of a service that another waits for, the error has the last which that one wrote. */
export async function withFailedServices<T>(
  options: Omit<SettleOptions, "timeoutMs" | "signal"> & { redact: Redact },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_UP_FAILED") throw error;
    const { awaited = [] } = error.details as { awaited?: readonly string[] };
    const failed = await findFailuresIfPossible({ ...options, awaited });
    if (failed.length === 0) throw error;
    throw new CiloError(error.code, `${error.message}\n${listOf(failed)}\n${wordsOf(failed, options.redact)}`, {
      hint: isSelfEvident(error.hint) ? error.hint : hintFor(keyOf(options.environment), failed),
      details: { failed: failed.map(({ service, status }) => ({ service, status })) },
      cause: error,
    });
  }
}

/** Whose fault it was is a courtesy: not learning it must not hide the error. */
async function findFailuresIfPossible(options: Parameters<typeof findFailures>[0]): Promise<Failed> {
  try {
    return await findFailures(options);
  } catch (error) {
    if (error instanceof CiloError) return [];
    throw error;
  }
}

function listOf(failed: Failed): string {
  return failed.map(({ service, status }) => `${service} (${status})`).join(", ");
}

function wordsOf(failed: Failed, redact: Redact): string {
  return failed
    .map(({ service, logs }) => (logs === "" ? `  ${service} wrote nothing` : quote(service, redact(logs))))
    .join("\n");
}

function quote(service: string, text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${service} | ${line}`)
    .join("\n");
}
