import type { NetworkStatus } from "../../controller/network-status.ts";
import type { PlannedMigration } from "../../controller/plan-migration.ts";
import type { SurveyedEnvironment, SurveyedPool } from "../../controller/subnets/survey-subnets.ts";
import { type Environment, keyOf } from "../../model/environment.ts";
import { renderTable } from "./table.ts";

const purposes: Record<SurveyedPool["purpose"], string> = {
  environments: "base subnet",
  "kept-networks": "kept networks",
};

/** The blocks that subnets are taken from, what environments have of them, what others have, and what to run. */
export function renderNetworkStatus(status: NetworkStatus): string {
  const { environments, pending } = status;
  const isKeeping = environments.some(({ networks }) => networks.length > 1) || pending.keptBaseSubnet !== null;
  const pools = status.pools.filter(({ purpose }) => purpose === "environments" || isKeeping);
  const next = { environments: pending.baseSubnet, "kept-networks": pending.keptBaseSubnet };
  const others = pools.flatMap((pool) => pool.others);
  return [
    pools.map((pool) => `${describePool(pool, next[pool.purpose])}\n`).join(""),
    ...(environments.length === 0
      ? []
      : [renderTable([["ENVIRONMENT", "NETWORK", "SUBNET", "STATE"], ...toRows(environments)])]),
    ...(others.length === 0
      ? []
      : [renderTable([["OTHERS", "SUBNETS"], ...others.map(({ holder, subnets }) => [holder, subnets.join(", ")])])]),
    ...describeRemedy(environments),
  ].join("\n");
}

function describePool({ purpose, cidr, size, free }: SurveyedPool, next: string | null): string {
  const line = `${purposes[purpose]} ${cidr}: ${free} of ${size} subnets are free`;
  return next === null ? line : `${line}; config.yml says ${next}, from the next create, up or network migrate on`;
}

function toRows(environments: readonly SurveyedEnvironment[]): string[][] {
  return environments.flatMap(({ key, networks }) =>
    networks.map((network) => {
      const { state, problem } = network;
      return [key, network.key, network.subnet, problem === null ? state : `${state}: ${problem}`];
    }),
  );
}

function describeRemedy(environments: readonly SurveyedEnvironment[]): string[] {
  const isAnyWrong = environments.some(({ networks }) => networks.some(({ problem }) => problem !== null));
  return isAnyWrong ? ['run "cilo network migrate" to move what cannot stay; with --dry-run it only shows how\n'] : [];
}

/** What would be done to an environment, lines. */
export function describeMigration({ environment, moves, running, oneOffs }: PlannedMigration): string[] {
  const key = keyOf(environment);
  const lines = moves.map(({ network, from, to, cause }) => {
    const which = network === "default" ? key : `${key}, network ${network}`;
    return from === to ? `${which} is put on ${to} again: ${cause}` : `${which} moves from ${from} to ${to}: ${cause}`;
  });
  return [
    ...(lines.length === 0 ? [`${key} goes on where an interrupted migration ended`] : lines),
    ...running.map((name) => `  container ${name} is made anew`),
    ...oneOffs.map((name) => `  container ${name} is ended`),
  ];
}

/** What was done to an environment, a line each. */
export function renderMigrated(environment: Environment, moves: readonly { network: string; to: string }[]): string {
  const key = keyOf(environment);
  const isUp = environment.status === "running" || environment.status === "degraded";
  const outcome = isUp ? " and is up" : "";
  const [first, ...more] = moves.map(({ network, to }) => (network === "default" ? to : `${to} (${network})`));
  return first === undefined
    ? `${key} is where it was${outcome}\n`
    : `${key} has moved to ${[first, ...more].join(", ")}${outcome}\n`;
}
