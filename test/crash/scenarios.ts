import assert from "node:assert/strict";
import { exec } from "../../src/base/exec.ts";
import { docker } from "../support/engine.ts";
import type { Instant } from "../support/faults.ts";
import type { Bench, Standing } from "./bench.ts";

/** A command that is cut off, and what it begins with. */
export interface Scenario {
  /** For people: "up", "up after a killed up". */
  name: string;
  /** One of these; the first where it has to be brought there. */
  from: readonly [Standing, ...Standing[]];
  /** What else is done first; the environment then is as `from` says but for that. */
  prepare?(bench: Bench): Promise<void>;
  args(bench: Bench): string[] | Promise<string[]>;
  /** Removes what `prepare` did and the environment's end does not take along. */
  tidy?(bench: Bench): Promise<void>;
  /** Commands that may come next in place of the same one again. */
  others: readonly Other[];
  /** It passes no point that none of the rest passes, so that it is for the whole matrix and not for every day. */
  isVariation?: boolean;
}

export type Other = "create" | "up" | "down" | "destroy" | "status" | "doctor";

/** What a user types next. */
export function toArguments(other: Other, { key, source }: Bench): string[] {
  switch (other) {
    case "create":
      return ["create", key, "--from", source];
    case "destroy":
      return ["destroy", key, "--force"];
    case "doctor":
      return ["doctor", "--fix", "--yes"];
    default:
      return [other, key];
  }
}

export const scenarios: readonly Scenario[] = [
  {
    name: "create",
    from: ["absent"],
    args: (bench) => toArguments("create", bench),
    others: ["up", "down", "destroy", "status", "doctor"],
  },
  {
    name: "up",
    from: ["stopped", "created"],
    args: (bench) => toArguments("up", bench),
    others: ["down", "destroy", "status", "doctor"],
  },
  {
    name: "down",
    from: ["running"],
    args: (bench) => toArguments("down", bench),
    others: ["up", "destroy", "status", "doctor"],
  },
  {
    name: "destroy",
    from: ["running"],
    prepare: buildImage,
    args: (bench) => toArguments("destroy", bench),
    others: ["up", "down", "status", "doctor"],
  },
  {
    name: "restore",
    from: ["absent"],
    prepare: async ({ bring, world, key }) => {
      await bring(["running"]);
      await world.must("destroy", key, "--force");
    },
    args: ({ key }) => ["restore", key],
    others: ["up", "down", "destroy", "status", "doctor"],
  },
  {
    name: "restore beside kept files",
    isVariation: true,
    from: ["absent"],
    prepare: async ({ bring, world, key }) => {
      await bring(["running"]);
      await world.must("destroy", key, "--force", "--keep-workspace");
    },
    args: ({ key }) => ["restore", key],
    others: ["up", "down", "destroy", "status", "doctor"],
  },
  {
    name: "network migrate",
    from: ["running"],
    args: async ({ key, record }) => {
      const [first, second, third] = ((await record())?.subnet ?? "").split(".");
      const to = `${first}.${second}.${third === "200" ? 201 : 200}.0/24`;
      return ["network", "migrate", "--env", key, "--to", to, "--yes"];
    },
    others: ["up", "down", "destroy", "status", "doctor"],
  },
  {
    name: "first up",
    isVariation: true,
    from: ["created"],
    args: (bench) => toArguments("up", bench),
    others: ["down", "destroy"],
  },
  {
    name: "down beside somebody else's container",
    from: ["running"],
    prepare: addStranger,
    args: (bench) => toArguments("down", bench),
    others: ["up"],
    tidy: removeStranger,
  },
  {
    name: "create after a killed create",
    from: ["absent"],
    prepare: (bench) => cutOff(bench, "create", { point: "create.filled", passing: 1 }),
    args: (bench) => toArguments("create", bench),
    others: ["up", "destroy"],
  },
  {
    name: "up after a killed create",
    from: ["absent"],
    prepare: (bench) => cutOff(bench, "create", { point: "copy.entry-placed", passing: 3 }),
    args: (bench) => toArguments("up", bench),
    others: ["create", "destroy"],
  },
  {
    name: "up that turns a service off",
    from: ["running"],
    prepare: async ({ world, key }) => {
      await world.must("up", key, "--profile", "extra");
    },
    args: ({ key }) => ["up", key, "--default-profiles"],
    others: ["down"],
    // Where the record was not reached, the service is still on.
    tidy: (bench) => bench.clear(),
  },
  {
    name: "up after a killed up",
    isVariation: true,
    from: ["stopped"],
    prepare: (bench) => cutOff(bench, "up", { point: "child.let-go", passing: 1 }),
    args: (bench) => toArguments("up", bench),
    others: ["down", "destroy"],
  },
];

async function cutOff(bench: Bench, command: Other, instant: Instant): Promise<void> {
  const { code, stderr } = await bench.cilo(toArguments(command, bench), { at: { ...instant, signal: "SIGKILL" } });
  assert.equal(code, null, stderr);
}

/** An image as `up` builds them for an environment. */
async function buildImage({ world, key, record }: Bench): Promise<void> {
  const labels = {
    "cilo.installation": world.installation,
    "cilo.id": (await record())?.id,
    "cilo.environment": "login",
  };
  const options = Object.entries(labels).flatMap(([label, value]) => ["--label", `${label}=${value}`]);
  const tag = `cilo-${key.replace("/", "-")}-built`;
  const build = await exec("docker", ["build", "--quiet", "--tag", tag, ...options, "-"], {
    input: `FROM ${world.image}\n`,
    timeoutMs: 60_000,
  });
  assert.equal(build.exitCode, 0, build.stderr);
}

/** A container that Compose would take for one of the environment's: cilo then removes its own one by one. */
async function addStranger({ world, key }: Bench): Promise<void> {
  const project = `cilo-${key.replace("/", "-")}`;
  const labels = [`com.docker.compose.project=${project}`, "com.docker.compose.config-hash=0"].flatMap((label) => [
    "--label",
    label,
  ]);
  await docker("container", "create", "--name", `${project}-stranger`, ...labels, world.image, "true");
}

async function removeStranger({ key }: Bench): Promise<void> {
  await docker("container", "rm", "--force", `cilo-${key.replace("/", "-")}-stranger`);
}
