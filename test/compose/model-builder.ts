import { parseComposeProject } from "../../src/compose/model.ts";
import {
  type Contribution,
  type OverrideContext,
  type OverrideInput,
  toOverrideContext,
} from "../../src/compose/override/concern.ts";
import type { YamlValue } from "../../src/compose/override/render.ts";
import type { ProjectReading } from "../../src/compose/project.ts";

/** The Compose project of the environment every test works with; text that holds it is what follows from the project's name. */
export const composeProject = "cilo-shop-login";

export interface ModelText {
  services?: Record<string, object>;
  networks?: Record<string, object | null>;
  volumes?: Record<string, object | null>;
  [section: string]: unknown;
}

/** A reading as `docker compose config` under two names would give it. */
export function readingOf(model: ModelText, options: { active?: string[] } = {}): ProjectReading {
  const text = JSON.stringify({ name: composeProject, ...model });
  const base = parseComposeProject(text);
  return {
    base,
    probe: parseComposeProject(text.replaceAll(composeProject, "cilo-probe")),
    active: options.active ?? Object.keys(base.services).sort(),
    warnings: [],
    view: { everyProfile: true, flags: [] },
    profiles: [],
    envFiles: [],
    workspaceRoot: "/copy",
    realPaths: new Map(),
    redact: (message) => message,
  };
}

export const environment = {
  id: "11111111-2222-4333-8444-555555555555",
  project: "shop",
  name: "login",
  suffix: "test",
  shortNames: true,
  composeProject,
} satisfies OverrideInput["environment"];

export function inputOf(model: ModelText, options: Partial<OverrideInput> & { active?: string[] } = {}): OverrideInput {
  const { active, ...rest } = options;
  return {
    reading: readingOf(model, active === undefined ? {} : { active }),
    installation: "99999999-2222-4333-8444-555555555555",
    environment,
    networkName: `${composeProject}_default`,
    addresses: {},
    ...rest,
  };
}

export function contextOf(
  model: ModelText,
  options: Partial<OverrideInput> & { active?: string[] } = {},
): OverrideContext {
  return toOverrideContext(inputOf(model, options));
}

/** A contribution as plain data: mappings as objects, tags as a key. */
export function toPlain(contribution: Contribution): Record<string, unknown> {
  const { services, volumes, networks, warnings } = contribution;
  return {
    ...(services === undefined || services.size === 0 ? {} : { services: plain(services) }),
    ...(networks === undefined ? {} : { networks: plain(networks) }),
    ...(volumes === undefined || volumes.size === 0 ? {} : { volumes: plain(volumes) }),
    ...(warnings === undefined || warnings.length === 0 ? {} : { warnings }),
  };
}

function plain(value: YamlValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && "tag" in value) return { [value.tag]: plain(value.value) };
  return value;
}
