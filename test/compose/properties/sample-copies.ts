import type { CanonicalModel, CanonicalService } from "./canonical-model.ts";
import type { Copies, Copy } from "./copies.ts";

/** Two sound copies of a small project with something for every property to look at, written by hand: what Compose is expected to make of it. */
export function sampleCopies(): Copies {
  return { a: copyOf("login-a", "10.224.201"), b: copyOf("login-b", "10.224.202") };
}

function copyOf(name: string, subnet: string): Copy {
  const composeProject = `cilo-shop-${name}`;
  const environment = { id: `id-of-${name}`, project: "shop", name, suffix: "test" };
  const workspaceRoot = `/envs/shop/${name}`;
  const copy = { composeProject, workspaceRoot, subnet, name };
  return {
    base: baseOf(copy),
    merged: mergedOf(copy),
    active: { base: ["db", "side", "web", "worker"], merged: ["db", "side", "web", "worker"] },
    facts: {
      ...copy,
      installation: "installation",
      environment,
      networkName: `${composeProject}_default`,
      addresses: { db: `${subnet}.10`, web: `${subnet}.11` },
      shared: [],
      messages: [
        "network back: internal has no effect",
        "network corp: external network corp is replaced",
        "volume pinned: its fixed name pinned-for-all is replaced",
        "service metrics: network_mode host is kept",
        "service metrics: /run/docker.sock is mounted",
        "service metrics: container:elsewhere is not of this project",
        "service web: external_links elsewhere is not of this project",
      ],
      override:
        'services:\n  "web":\n    "ports": !override []\n    "container_name": !reset null\n    "labels":\n      "cilo": "true"\n',
    },
  };
}

interface Names {
  composeProject: string;
  workspaceRoot: string;
  subnet: string;
  name: string;
}

function baseOf({ composeProject, workspaceRoot }: Names): CanonicalModel {
  return {
    name: composeProject,
    services: {
      web: {
        image: "app",
        build: { context: workspaceRoot, tags: ["app:extra", `${composeProject}:own`] },
        container_name: "web-all",
        ports: [{ target: 80, published: "80" }],
        networks: { back: { ipv4_address: "172.28.0.10", aliases: ["www"] }, corp: null },
        environment: { PEER: "172.28.0.11:5432", NETWORK: `${composeProject}_back`, WORD: "corp" },
        external_links: ["db-all:database", "elsewhere"],
        volumes: [{ type: "volume", source: "data", target: "/data" }],
      },
      db: {
        image: "postgres",
        container_name: "db-all",
        networks: { back: { ipv4_address: "172.28.0.11", mac_address: "02:42:ac:1c:00:0b" } },
        volumes: [{ type: "volume", source: "pinned", target: "/data" }],
      },
      worker: {
        image: "docker.io/library/app:latest",
        container_name: `${composeProject}-worker`,
        scale: 3,
        networks: { back: null },
      },
      side: {
        image: "side",
        network_mode: "container:web-all",
        pid: "container:web-all",
        volumes_from: ["container:db-all:ro"],
      },
      metrics: {
        image: "metrics",
        network_mode: "host",
        pid: "container:elsewhere",
        profiles: ["dev"],
        volumes: [
          { type: "bind", source: "/run/docker.sock", target: "/run/docker.sock" },
          { type: "volume", source: "ext", target: "/ext", read_only: true },
        ],
      },
      model: { provider: { type: "model" } },
    },
    networks: {
      back: { name: `${composeProject}_back`, internal: true, ipam: { config: [{ subnet: "172.28.0.0/16" }] } },
      corp: { name: "corp", external: true },
    },
    volumes: {
      data: { name: `${composeProject}_data` },
      ext: { name: "ext", external: true },
      pinned: { name: "pinned-for-all", driver: "local" },
    },
    secrets: { token: { name: `${composeProject}_token`, file: `${workspaceRoot}/token` } },
    "x-note": "kept",
  };
}

function mergedOf({ composeProject, workspaceRoot, subnet, name }: Names): CanonicalModel {
  const base = baseOf({ composeProject, workspaceRoot, subnet, name });
  const ofEnvironment = {
    cilo: "true",
    "cilo.installation": "installation",
    "cilo.id": `id-of-${name}`,
    "cilo.project": "shop",
    "cilo.environment": name,
  };
  const { ports: _p, container_name: _c, ...web } = base.services.web ?? {};
  const { container_name: _d, ...db } = base.services.db ?? {};
  const labelled = (service: CanonicalService, key: string) => ({
    ...service,
    labels: { ...ofEnvironment, "cilo.service": key },
  });
  const started = { condition: "service_started", required: true };
  const hostNames = (service: string) => [`${service}.${name}.test`, `${service}.shop.${name}.test`];
  return {
    ...base,
    services: {
      web: {
        ...labelled(web, "web"),
        image: `${composeProject}/app`,
        pull_policy: "never",
        build: { context: workspaceRoot, tags: [`${composeProject}:own`], labels: ofEnvironment },
        networks: {
          default: {
            ipv4_address: `${subnet}.11`,
            aliases: [...hostNames("web"), ...hostNames("side"), "web-all", "www"],
          },
        },
        environment: { PEER: `${subnet}.10:5432`, NETWORK: `${composeProject}_default`, WORD: "corp" },
        external_links: ["elsewhere"],
      },
      db: {
        ...labelled(db, "db"),
        networks: {
          default: {
            ipv4_address: `${subnet}.10`,
            mac_address: "02:42:ac:1c:00:0b",
            aliases: [...hostNames("db"), "db-all", "database"],
          },
        },
      },
      worker: {
        ...labelled(base.services.worker ?? {}, "worker"),
        image: `${composeProject}/app`,
        pull_policy: "never",
        networks: { default: { aliases: hostNames("worker") } },
      },
      side: {
        ...labelled(base.services.side ?? {}, "side"),
        network_mode: "service:web",
        pid: "service:web",
        volumes_from: ["db:ro"],
        depends_on: { db: started, web: { ...started, restart: true } },
      },
      metrics: labelled(base.services.metrics ?? {}, "metrics"),
      model: { provider: { type: "model" } },
    },
    networks: { default: { name: `${composeProject}_default`, external: true, ipam: {} } },
    volumes: {
      data: { name: `${composeProject}_data`, labels: ofEnvironment },
      ext: { name: "ext", external: true },
      pinned: { name: `${composeProject}_pinned`, driver: "local", labels: ofEnvironment },
    },
  };
}
