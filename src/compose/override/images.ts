import { toHostLabel } from "../../model/names.ts";
import type { Finding } from "../finding.ts";
import { type ComposeService, compareText } from "../model.ts";
import { type Contribution, isFixed, type OverrideContext } from "./concern.ts";
import { firstFree } from "./first-free.ts";
import { mapping, override, reset, type YamlMapping, type YamlValue } from "./render.ts";

/** Policies that never ask a registry for an image that is built here. */
const localPolicies = new Set(["build", "never"]);

/**
 * Gives every image that is built here and has a fixed name one of the environment's own, and says that it is not to be pulled: the next build in
 * another copy would take the name over, and a registry may hold a stranger's image of that name.
 */
export function renameBuiltImages(context: OverrideContext): Contribution {
  if (context.reading.options.images === "shared") return { findings: describeSharedImages(context) };
  const renamed = renamedImages(context);
  const entries = context.services.flatMap(({ name, service }): [string, YamlMapping][] => {
    const tags = context.reading.probe.services[name]?.build?.tags ?? [];
    const fields = { ...imageFields(service, renamed), ...tagFields(service, tags) };
    return Object.keys(fields).length === 0 ? [] : [[name, mapping(fields)]];
  });
  return { services: new Map(entries), findings: describeRenamed(context, renamed) };
}

function describeRenamed({ services }: OverrideContext, renamed: ReadonlyMap<string, string>): Finding[] {
  return services.flatMap(({ name, service: { image } }): Finding[] => {
    const own = image ? renamed.get(toFullReference(image)) : undefined;
    if (own === undefined) return [];
    return [
      {
        rule: "built-image",
        action: "rewritten",
        shared: false,
        level: "note",
        path: ["services", name, "image"],
        statement: `image ${image} is built by the project, in the copy it is called ${own}`,
        hint: null,
      },
    ];
  });
}

function describeSharedImages({ services, reading }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service }): Finding[] => {
    const { build, image } = service;
    if (!build || !image || !isFixed(image, reading.probe.services[name]?.image)) return [];
    return [
      {
        rule: "built-image",
        action: "kept",
        shared: true,
        level: "warning",
        path: ["services", name, "image"],
        statement: `image ${image} keeps its name, as images: shared says, so the copy that builds last decides for all`,
        hint: null,
      },
    ];
  });
}

function imageFields(service: ComposeService, renamed: ReadonlyMap<string, string>): Record<string, YamlValue> {
  const { image, pull_policy: policy } = service;
  if (!image) return {};
  const own = renamed.get(toFullReference(image));
  if (own === undefined && !service.build) return {};
  return {
    ...(own === undefined ? {} : { image: own }),
    // A service that uses the image of another has nothing to build, whatever its policy says.
    ...(service.build && localPolicies.has(policy ?? "") ? {} : { pull_policy: "never" }),
  };
}

function tagFields(service: ComposeService, probeTags: readonly string[]): Record<string, YamlValue> {
  const tags = service.build?.tags ?? [];
  const own = tags.filter((tag) => !probeTags.includes(tag));
  if (own.length === tags.length) return {};
  return { build: mapping({ tags: own.length === 0 ? reset([]) : override(own) }) };
}

/** The environment's name for each image that is built under a fixed one, by the full reference of that. */
export function renamedImages({ services, reading, environment }: OverrideContext): Map<string, string> {
  const built = services.flatMap(({ name, service: { build, image } }) =>
    build && image && isFixed(image, reading.probe.services[name]?.image) ? [toFullReference(image)] : [],
  );
  const renamed = new Map<string, string>();
  const taken = new Set<string>();
  for (const reference of [...new Set(built)].sort(compareText)) {
    const label = toHostLabel(reference.replace(/^docker\.io\/(library\/)?/, "").replace(/:latest$/, "")) ?? "image";
    // References that differ in signs only (`my/app:1`, `my-app:1`) come out alike.
    const name = firstFree(`${environment.composeProject}/${label}`, taken);
    taken.add(name);
    renamed.set(reference, name);
  }
  return renamed;
}

/**
 * The reference with what Docker implies written out, so that `app` and `docker.io/library/app:latest` are one image.
 */
export function toFullReference(image: string): string {
  const first = image.split("/")[0] ?? "";
  const hasRegistry = image.includes("/") && (/[.:]/.test(first) || first === "localhost");
  const path = hasRegistry ? image : `docker.io/${image.includes("/") ? image : `library/${image}`}`;
  const last = path.slice(path.lastIndexOf("/") + 1);
  return /[:@]/.test(last) ? path : `${path}:latest`;
}
