import { type CopyOptions, defaultCopyOptions } from "../../src/compose/copy-options.ts";
import { parseComposeProject } from "../../src/compose/model.ts";
import {
  type Contribution,
  type OverrideContext,
  type OverrideInput,
  toOverrideContext,
} from "../../src/compose/override/concern.ts";
import type { YamlValue } from "../../src/compose/override/render.ts";
import type { ProjectReading } from "../../src/compose/project.ts";
import { tellWarnings } from "../../src/model/finding.ts";

/** The Compose project of the environment every test works with; text that holds it is what follows from the project's name. */
export const composeProject = "cilo-shop-login";

export interface ModelText {
  services?: Record<string, object>;
  networks?: Record<string, object | null>;
  volumes?: Record<string, object | null>;
  [section: string]: unknown;
}

/** A reading as `docker compose config` under two names would give it. */
export function readingOf(
  model: ModelText,
  options: { active?: string[]; copyOptions?: Partial<CopyOptions>; dockerfiles?: Record<string, string> } = {},
): ProjectReading {
  const text = JSON.stringify({ name: composeProject, ...model });
  const base = parseComposeProject(text);
  return {
    base,
    probe: parseComposeProject(text.replaceAll(composeProject, "cilo-probe")),
    active: options.active ?? Object.keys(base.services).sort(),
    findings: [],
    options: { ...defaultCopyOptions, ...options.copyOptions },
    userLayer: null,
    view: { everyProfile: true, flags: [] },
    profiles: [],
    envFiles: [],
    workspaceRoot: "/copy",
    surroundings: null,
    realPaths: new Map(),
    dockerfiles: new Map(Object.entries(options.dockerfiles ?? {})),
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

interface InputOptions extends Partial<OverrideInput> {
  active?: string[];
  copyOptions?: Partial<CopyOptions>;
  dockerfiles?: Record<string, string>;
}

export function inputOf(model: ModelText, options: InputOptions = {}): OverrideInput {
  const { active, copyOptions = {}, dockerfiles = {}, ...rest } = options;
  return {
    reading: readingOf(model, { copyOptions, dockerfiles, ...(active === undefined ? {} : { active }) }),
    installation: "99999999-2222-4333-8444-555555555555",
    environment,
    networkName: `${composeProject}_default`,
    addresses: {},
    ...rest,
  };
}

export function contextOf(model: ModelText, options: InputOptions = {}): OverrideContext {
  return toOverrideContext(inputOf(model, options));
}

/** A contribution as plain data: mappings as objects, tags as a key, and what `up` would tell of its findings. */
export function toPlain(contribution: Contribution): Record<string, unknown> {
  const { services, volumes, networks, findings = [] } = contribution;
  const warnings = tellWarnings(findings, () => null);
  return {
    ...(services === undefined || services.size === 0 ? {} : { services: plain(services) }),
    ...(networks === undefined ? {} : { networks: plain(networks) }),
    ...(volumes === undefined || volumes.size === 0 ? {} : { volumes: plain(volumes) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

function plain(value: YamlValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && "tag" in value) return { [value.tag]: plain(value.value) };
  return value;
}
