import { CiloError, hasErrorCode, messageOf } from "../../base/errors.ts";

/**
 * Turns a failed connection into the error that says which engine did not answer, why, and what helps.
 * @param cause what node:http, node:https or an abort signal threw.
 */
export function toUnreachable(cause: unknown, options: { endpoint: string; platform?: NodeJS.Platform }): CiloError {
  const { endpoint } = options;
  const platform = options.platform ?? process.platform;
  const { why, hint } = explain(cause, { endpoint, platform });
  return new CiloError("CILO_ENGINE_UNREACHABLE", `cannot reach the engine at ${endpoint}: ${why}`, {
    hint,
    details: { endpoint, why },
    cause,
  });
}

/**
 * The error for an engine that was there when the work began.
 * @param silence what asking it now ended with; null when it answers again.
 */
export function toLost(silence: CiloError | null, { endpoint }: { endpoint: string }): CiloError {
  const lost = `the engine at ${endpoint} was lost while docker compose worked with it`;
  if (silence === null) {
    return new CiloError("CILO_ENGINE_UNREACHABLE", `${lost}; it answers again`, {
      hint: "run the same command again",
      details: { endpoint },
    });
  }
  const { why = silence.message } = silence.details as { why?: string };
  return new CiloError("CILO_ENGINE_UNREACHABLE", `${lost}: ${why}`, {
    hint: `${silence.hint}, then the same command again`,
    details: { endpoint, why },
    cause: silence,
  });
}

interface Place {
  endpoint: string;
  platform: NodeJS.Platform;
}

function explain(cause: unknown, place: Place): { why: string; hint: string } {
  if (!place.endpoint.startsWith("unix://")) {
    return {
      why: explainTcp(cause),
      hint: `run "docker --host ${place.endpoint} version" to see what the docker program says`,
    };
  }
  if (hasErrorCode(cause, "ENOENT", "ENOTDIR")) return { why: "there is no such socket", hint: howToStart(place) };
  if (hasErrorCode(cause, "ECONNREFUSED"))
    return { why: "connection refused, nothing listens there", hint: howToStart(place) };
  if (hasErrorCode(cause, "EACCES", "EPERM")) {
    return {
      why: "permission denied, this user may not use the socket",
      hint: 'run "sudo usermod --append --groups docker $USER", then log in again',
    };
  }
  return { why: explainAny(cause), hint: howToRestart(place) };
}

function explainTcp(cause: unknown): string {
  if (hasErrorCode(cause, "ECONNREFUSED")) return "connection refused, nothing listens there";
  if (hasErrorCode(cause, "ENOTFOUND", "EAI_AGAIN")) return "its host name does not resolve";
  return explainAny(cause);
}

function explainAny(cause: unknown): string {
  if (isTimeout(cause)) return "it did not answer in time";
  if (hasErrorCode(cause, "ECONNRESET", "EPIPE")) return "it closed the connection";
  // Node's HTTP parser names what it stumbles over HPE_INVALID_CONSTANT and the like.
  if (cause instanceof Error && "code" in cause && String(cause.code).startsWith("HPE_"))
    return "what listens there does not speak HTTP";
  return messageOf(cause);
}

function isTimeout(cause: unknown): boolean {
  if (hasErrorCode(cause, "ETIMEDOUT", "ABORT_ERR")) return true;
  return cause instanceof Error && cause.name === "TimeoutError";
}

/** Engines that are started by other means than the system's, by a part of their socket's path. */
const startCommands: readonly [pathPart: string, command: string][] = [
  ["/.docker/desktop/", "systemctl --user start docker-desktop"],
  ["/run/user/", "systemctl --user start docker"],
  ["/.orbstack/", "orb start"],
  ["/.colima/", "colima start"],
  ["/.rd/", "rdctl start"],
];

function howToStart({ endpoint, platform }: Place): string {
  const special = startCommands.find(([pathPart]) => endpoint.includes(pathPart))?.[1];
  if (special !== undefined) return `run "${special}"`;
  if (platform === "darwin") return 'run "open -a Docker" (or start OrbStack)';
  return 'run "sudo systemctl start docker" (to install it: https://docs.docker.com/engine/install/)';
}

function howToRestart({ endpoint, platform }: Place): string {
  const start = howToStart({ endpoint, platform });
  if (platform === "linux" && start.includes("systemctl")) {
    const user = start.includes("--user") ? " --user" : "";
    const unit = start.includes("docker-desktop") ? "docker-desktop" : "docker";
    const restart = `${user === "" ? "sudo " : ""}systemctl${user} restart ${unit}`;
    return `run "systemctl${user} status ${unit}" to see what it does, and "${restart}" if it hangs`;
  }
  return start;
}
