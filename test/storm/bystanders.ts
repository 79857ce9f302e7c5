import { randomUUID } from "node:crypto";
import { docker } from "../support/engine.ts";

/** What somebody else has on the engine, while a storm goes on. */
export interface Bystanders extends AsyncDisposable {
  /** What is not as it was; empty when nothing was touched. */
  findChanges(): Promise<string[]>;
}

/** Labels as another installation would write them, with the names of ours. */
function labelsOfAnother(): string[] {
  const labels = {
    cilo: "true",
    "cilo.installation": randomUUID(),
    "cilo.id": randomUUID(),
    "cilo.project": "shop",
    "cilo.environment": "e-0",
    "cilo.service": "web",
  };
  return Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
}

/** Makes a running container, a network and a volume of another installation, and one of each of nobody's. */
export async function createBystanders(image: string): Promise<Bystanders> {
  const token = randomUUID().slice(0, 8);
  const made: { kind: "container" | "network" | "volume"; name: string }[] = [];
  for (const [owner, labels] of [
    ["other", labelsOfAnother()],
    ["nobody", []],
  ] as const) {
    const name = `storm-${owner}-${token}`;
    await docker("network", "create", ...labels, name);
    await docker("volume", "create", ...labels, name);
    await docker("run", "--detach", "--name", name, "--network", name, ...labels, image, "sleep", "100000");
    made.push({ kind: "container", name }, { kind: "network", name }, { kind: "volume", name });
  }
  const look = () => Promise.all(made.map(describe));
  const before = await look();
  return {
    async findChanges() {
      const after = await look();
      return after.filter((text, index) => text !== before[index]);
    },
    async [Symbol.asyncDispose]() {
      for (const { kind, name } of made) await docker(kind, "rm", ...(kind === "container" ? ["--force"] : []), name);
    },
  };
}

async function describe({ kind, name }: { kind: "container" | "network" | "volume"; name: string }): Promise<string> {
  const format = {
    container: "{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{json .NetworkSettings.Networks}}",
    network: "{{.Id}} {{json .Containers}}",
    volume: "{{.CreatedAt}}",
  };
  try {
    return `${kind} ${name}: ${await docker(kind, "inspect", "--format", format[kind], name)}`;
  } catch (error) {
    return `${kind} ${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
