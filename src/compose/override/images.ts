import type { Finding } from "../../model/finding.ts";
import { toFullReference } from "../image-reference.ts";
import type { ComposeService } from "../model.ts";
import { type Contribution, isFixed, type OverrideContext } from "./concern.ts";
import { availableImages, builtBases, renamedImages } from "./image-names.ts";
import { mapping, override, reset, type YamlMapping, type YamlValue } from "./render.ts";

interface ImageNames {
  /** Those of the environment's names that a service which is on gives. */
  available: ReadonlySet<string>;
  /** The environment's name by the full reference of the project's. */
  renamed: ReadonlyMap<string, string>;
  /** Full references of what keeps its name. */
  bases: ReadonlySet<string>;
}

/** Policies that never ask a registry for an image that is built here. */
const localPolicies = new Set(["build", "never"]);

/**
 * Gives every image that is built here and has a fixed name one of the environment's own, and says that it is not to be pulled: the next build in
 * another copy would take the name over, and a registry may hold a stranger's image of that name.
 */
export function renameBuiltImages(context: OverrideContext): Contribution {
  if (context.reading.options.images === "shared") return { findings: describeSharedImages(context) };
  const renamed = renamedImages(context);
  const bases = builtBases(context.reading);
  const names: ImageNames = { renamed, bases, available: availableImages(context, renamed) };
  const entries = context.services.flatMap(({ name, service }): [string, YamlMapping][] => {
    const probeTags = context.reading.probe.services[name]?.build?.tags ?? [];
    const fields = { ...imageFields(service, names), ...tagFields(service, { probeTags, ...names }) };
    return Object.keys(fields).length === 0 ? [] : [[name, mapping(fields)]];
  });
  return {
    services: new Map(entries),
    findings: [...describeRenamed(context, renamed), ...describeBases(context), ...describeOldNames(context, renamed)],
  };
}

/** Programs that start containers themselves are told images by variables. */
function describeOldNames({ services }: OverrideContext, renamed: ReadonlyMap<string, string>): Finding[] {
  return services.flatMap(({ name, service }) =>
    Object.entries(service.environment ?? {}).flatMap(([key, value]): Finding[] => {
      const own = value ? renamed.get(toFullReference(value)) : undefined;
      // A word such as `app` may be an image's name by chance.
      if (own === undefined || !/[/:]/.test(value ?? "")) return [];
      return [
        {
          rule: "old-image-name",
          action: "kept",
          shared: false,
          level: "warning",
          path: ["services", name, "environment"],
          item: key,
          detail: key,
          statement: `a variable names an image that the project builds, and that the copy calls ${own}`,
          hint: "set images: shared in .cilo/config.yml, or the variable in .cilo/compose.user.yml",
        },
      ];
    }),
  );
}

function describeBases({ services, reading }: OverrideContext): Finding[] {
  const bases = builtBases(reading);
  return services.flatMap(({ name, service: { build, image } }): Finding[] => {
    if (!build || !image || !bases.has(toFullReference(image))) return [];
    if (!isFixed(image, reading.probe.services[name]?.image)) return [];
    return [
      {
        rule: "built-base",
        action: "kept",
        shared: true,
        level: "warning",
        path: ["services", name, "image"],
        statement: `image ${image} keeps its name, since other images of the project are built from it: the copy that builds last decides for all`,
        hint: `in builds that start from it set additional_contexts: {${JSON.stringify(image)}: "service:${name}"}`,
      },
    ];
  });
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

function imageFields(service: ComposeService, { renamed, available }: ImageNames): Record<string, YamlValue> {
  const { image, pull_policy: policy } = service;
  if (!image) return {};
  const own = renamed.get(toFullReference(image));
  if (!service.build && (own === undefined || !available.has(own))) return {};
  return {
    ...(own === undefined ? {} : { image: own }),
    // A service that uses the image of another has nothing to build, whatever its policy says.
    ...(service.build && localPolicies.has(policy ?? "") ? {} : { pull_policy: "never" }),
  };
}

/** Tags that every copy would give go; those that services of the project use come back as the environment's. */
function tagFields(
  { build }: ComposeService,
  { probeTags, renamed, bases }: ImageNames & { probeTags: readonly string[] },
): Record<string, YamlValue> {
  const tags = build?.tags ?? [];
  const own = tags.flatMap((tag) => {
    const reference = toFullReference(tag);
    return probeTags.includes(tag) && !bases.has(reference) ? (renamed.get(reference) ?? []) : [tag];
  });
  if (own.length === tags.length && own.every((tag, index) => tag === tags[index])) return {};
  return { build: mapping({ tags: own.length === 0 ? reset([]) : override([...new Set(own)]) }) };
}
