import type { Model, Service } from "./model.ts";
import { toFlow, toLines } from "./yaml-text.ts";

/** The text of each Compose file, by its path relative to the project; those that Compose does not find by itself are listed. */
export interface Layout {
  texts: Record<string, string>;
  files: string[];
}

/** All in one file. */
export function alone(model: Model): Layout {
  return { texts: { "compose.yaml": toLines(model) }, files: [] };
}

/** Fields that services have in common are said once, under an anchor, and merged into each. */
export function anchored(model: Model): Layout {
  const anchor =
    'x-common: &common {"init": true, "labels": {"team": "core"}, "environment": {"ADDRESS": "172.28.0.10"}}\n';
  const withMerge = (service: unknown) => {
    const fields = Object.entries(service as Service).map(
      ([field, value]) => `\n    ${toFlow(field)}: ${toFlow(value)}`,
    );
    return `\n    <<: *common${fields.join("")}`;
  };
  return { texts: { "docker-compose.yml": anchor + toLines(model, withMerge) }, files: [] };
}

const names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const overrideNames = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/** Each service's fields in two files, the second found by its name; what it says of ports replaces, and `expose` is taken away. */
export function split(model: Model, choice: number): Layout {
  const [first, second] = splitModel(model);
  const tagged = toLines(second)
    .replaceAll('"ports":', '"ports": !override ')
    .replaceAll('"expose":', '"expose": !reset ');
  const name = names[choice % names.length] ?? "compose.yaml";
  const overrideName = overrideNames[Math.floor(choice / names.length)] ?? "compose.override.yaml";
  return { texts: { [name]: toLines(first), [overrideName]: tagged }, files: [] };
}

/** Two files that the caller names. */
export function given(model: Model): Layout {
  const [first, second] = splitModel(model);
  return {
    texts: { "one.yaml": toLines(first), "more/two.yaml": toLines(second) },
    files: ["one.yaml", "more/two.yaml"],
  };
}

/** Two files that `.env` names. */
export function listed(model: Model): Layout {
  const [first, second] = splitModel(model);
  return {
    texts: { "one.yaml": toLines(first), "two.yaml": toLines(second), ".env": "COMPOSE_FILE=one.yaml:two.yaml\n" },
    files: [],
  };
}

/** Two files that `.env` names, the first of them below: what is relative starts from there, and a second `.env` may be there. */
export function listedBelow(model: Model, data: Readonly<Record<string, string>>): Layout {
  const [first, second] = splitModel(model);
  const below = Object.entries(data).map(([file, text]) => [
    `deploy/${file}`,
    text.replace("TAG=t1", "TAG=t9\nBELOW=1"),
  ]);
  return {
    texts: {
      ...Object.fromEntries(below),
      "deploy/one.yaml": toLines(first),
      "two.yaml": toLines(second),
      ".env": "COMPOSE_FILE=deploy/one.yaml:two.yaml\n",
    },
    files: [],
  };
}

/** A file beside is included, with services, networks and volumes of its own, in the short or the long form. */
export function included(model: Model, isLong: boolean): Layout {
  const include = isLong
    ? [{ path: ["parts/inner.yaml"], project_directory: ".", env_file: "conf/more.env" }]
    : ["parts/inner.yaml"];
  const services = Object.entries(model.services).map(([name, service], index) => [
    name,
    index === 0 && service.depends_on === undefined ? { ...service, depends_on: ["inner.cache"] } : service,
  ]);
  return {
    texts: {
      "compose.yml": toLines({ include, ...model, services: Object.fromEntries(services) }),
      "parts/inner.yaml": toLines(innerModel),
    },
    files: [],
  };
}

const innerModel = {
  services: {
    "inner.cache": {
      image: "cache:${TAG:-1}",
      container_name: "inner-cache-for-all",
      ports: ["6379:6379"],
      environment: { PEER: "172.31.0.10" },
      networks: { inner: { ipv4_address: "172.31.0.10", aliases: ["cache"] } },
      volumes: ["inner_data:/data", "./local:/local"],
    },
    inner_job: {
      build: "./job",
      image: "inner/job",
      network_mode: "service:inner.cache",
      volumes_from: ["inner.cache:ro"],
    },
  },
  networks: { inner: { name: "inner-for-all", ipam: { config: [{ subnet: "172.31.0.0/16" }] } } },
  volumes: { inner_data: { name: "inner-data-for-all" } },
};

/** The first service extends one of another file, the last one of the same. */
export function extended(model: Model): Layout {
  const names = Object.keys(model.services);
  const services = Object.entries(model.services).map(([name, service]) => {
    const isFirst = name === names[0];
    if (!isFirst && name !== names.at(-1)) return [name, service];
    return [
      name,
      { ...service, extends: isFirst ? { file: "common/base.yaml", service: "base" } : { service: "template" } },
    ];
  });
  return {
    texts: {
      "compose.yaml": toLines({ ...model, services: { ...Object.fromEntries(services), template } }),
      "common/base.yaml": toLines({ services: { base: { ...template, image: "base", volumes: ["./kept:/kept"] } } }),
    },
    files: [],
  };
}

const template = {
  image: "template",
  ports: ["9999:99"],
  expose: ["98"],
  environment: { FROM_TEMPLATE: "172.28.0.11" },
  labels: { "template.network": "everyones" },
};

/** The fields of each service by turns in the first and the second model. */
function splitModel(model: Model): [Model, object] {
  const parts = Object.entries(model.services).map(([name, service]) => {
    const fields = Object.entries(service);
    const first = fields.filter((_, index) => index % 2 === 0);
    const second = fields.filter((_, index) => index % 2 === 1);
    return [name, Object.fromEntries(first), Object.fromEntries(second)] as const;
  });
  const firstServices = Object.fromEntries(parts.map(([name, first]) => [name, first]));
  const secondServices = Object.fromEntries(parts.map(([name, , second]) => [name, second]));
  return [{ ...model, services: firstServices }, { services: secondServices }];
}
