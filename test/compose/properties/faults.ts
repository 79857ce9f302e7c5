import type { properties } from "./all-properties.ts";
import type { CanonicalService } from "./canonical-model.ts";
import type { Copies, Copy } from "./copies.ts";

/** What an override could do wrong in the copy `a`, and what a property says of it. */
export interface Fault {
  property: keyof typeof properties;
  fault: string;
  make: (copy: Copy, service: (name: string) => CanonicalService, copies: Copies) => void;
  problem: RegExp;
}

/** At least one for each property, in the sample copies. */
export const faults: readonly Fault[] = [
  {
    property: "P1 no port is published",
    fault: "a port is left",
    make: (_, service) => Object.assign(service("web"), { ports: [{ target: 80, published: "80" }] }),
    problem: /service web: publishes/,
  },
  {
    property: "P2 no name on the engine is shared",
    fault: "a fixed container name is left",
    make: (_, service, { b }) => {
      service("web").container_name = "web-all";
      Object.assign(b.merged.services.web ?? {}, { container_name: "web-all" });
    },
    problem: /container web-all is in both copies/,
  },
  {
    property: "P2 no name on the engine is shared",
    fault: "both build one image, by two of its names",
    make: (_, service, { b }) => {
      service("web").image = "app";
      Object.assign(b.merged.services.web ?? {}, { image: "docker.io/library/app:latest" });
    },
    problem: /image docker.io\/library\/app:latest is in both copies/,
  },
  {
    property: "P2 no name on the engine is shared",
    fault: "a service uses the image that the other copy builds",
    make: (_, service) => Object.assign(service("worker"), { image: "cilo-shop-login-b/app" }),
    problem: /service worker: uses cilo-shop-login-b\/app/,
  },
  {
    property: "P2 no name on the engine is shared",
    fault: "a volume keeps its fixed name",
    make: ({ merged }, _, { b }) => {
      for (const { volumes } of [merged, b.merged]) Object.assign(volumes?.pinned ?? {}, { name: "pinned-for-all" });
    },
    problem: /volume pinned-for-all is in both copies/,
  },
  {
    property: "P2 no name on the engine is shared",
    fault: "an external volume stays that a service writes to",
    make: ({ base }) => Object.assign(base.services.metrics?.volumes?.[1] ?? {}, { read_only: false }),
    problem: /volume ext is in both copies/,
  },
  {
    property: "P2 container names that follow the project's name stay",
    fault: "a container name of the copy's own is taken away",
    make: (_, service) => delete service("worker").container_name,
    problem: /service worker: container_name is undefined/,
  },
  {
    property: "P2 images that are built are the copy's own",
    fault: "a service keeps the name of an image that another builds",
    make: (_, service) => Object.assign(service("worker"), { image: "app" }),
    problem: /service worker: image is app/,
  },
  {
    property: "P2 images that are built are the copy's own",
    fault: "an image that is built may be pulled",
    make: (_, service) => delete service("web").pull_policy,
    problem: /service web: pull_policy is undefined instead of never/,
  },
  {
    property: "P2 images that are built are the copy's own",
    fault: "a tag that all copies have is left",
    make: (_, service) => service("web").build?.tags?.push("app:extra"),
    problem: /service web: build.tags/,
  },
  {
    property: "P2 images that are built are the copy's own",
    fault: "a tag that follows the project's name is lost",
    make: (_, service) => Object.assign(service("web").build ?? {}, { tags: [] }),
    problem: /service web: build.tags are {2}instead of cilo-shop-login-a:own/,
  },
  {
    property: "P2 images that are built are the copy's own",
    fault: "a service uses a tag that is no longer built",
    make: ({ base, merged }) => {
      for (const { services } of [base, merged]) services.tagged = { image: "app:extra" };
    },
    problem: /service tagged: uses app:extra, which the project builds and the copy does not/,
  },
  {
    property: "P2 images that are built are the copy's own",
    fault: "an image that nobody builds is renamed",
    make: (_, service) => Object.assign(service("db"), { image: "cilo-shop-login-a/postgres" }),
    problem: /service db: image is/,
  },
  {
    property: "P3 the only network is the environment's",
    fault: "a network of the project's is left",
    make: ({ base, merged }) => Object.assign(merged.networks ?? {}, { corp: base.networks?.corp }),
    problem: /network corp: it is not the environment's/,
  },
  {
    property: "P3 the only network is the environment's",
    fault: "Compose is to make the network",
    make: ({ merged }) => delete merged.networks?.default?.external,
    problem: /network default/,
  },
  {
    property: "P4 every service is on it, or deliberately on none",
    fault: "a service is on none",
    make: (_, service) => delete service("db").networks,
    problem: /service db: is on the networks \(none\)/,
  },
  {
    property: "P4 every service is on it, or deliberately on none",
    fault: "a service joins a container that another copy may have",
    make: (_, service) => Object.assign(service("side"), { network_mode: "container:web-all" }),
    problem: /service side: network_mode is container:web-all instead of service:web/,
  },
  {
    property: "P5, P14 addresses are the reserved ones",
    fault: "replicas have one address",
    make: (_, service) => Object.assign(service("worker").networks?.default ?? {}, { ipv4_address: "10.224.201.12" }),
    problem: /service worker: has the address 10.224.201.12 instead of undefined/,
  },
  {
    property: "P5, P14 addresses are the reserved ones",
    fault: "an address is in the engine's own range",
    make: ({ facts }, service) => {
      Object.assign(facts.addresses, { db: "10.224.201.192" });
      Object.assign(service("db").networks?.default ?? {}, { ipv4_address: "10.224.201.192" });
    },
    problem: /service db: 10.224.201.192 is not among the fixed addresses/,
  },
  {
    property: "P5, P14 addresses are the reserved ones",
    fault: "two services have one address",
    make: ({ facts }, service) => {
      Object.assign(facts.addresses, { web: "10.224.201.10" });
      Object.assign(service("web").networks?.default ?? {}, { ipv4_address: "10.224.201.10" });
    },
    problem: /10.224.201.10 is the address of/,
  },
  {
    property: "P5, P14 addresses are the reserved ones",
    fault: "an option of an old network is left",
    make: (_, service) => Object.assign(service("web").networks?.default ?? {}, { link_local_ips: ["169.254.1.1"] }),
    problem: /service web: networks.default.link_local_ips is left/,
  },
  {
    property: "P5, P14 addresses are the reserved ones",
    fault: "an address of the link layer is lost",
    make: (_, service) => delete service("db").networks?.default?.mac_address,
    problem: /service db: mac_address is undefined/,
  },
  {
    property: "P6 names are kept and mean one service",
    fault: "a container name no longer resolves",
    make: (_, service) => removeAlias(service("db"), "db-all"),
    problem: /service db: has lost its name db-all/,
  },
  {
    property: "P6 names are kept and mean one service",
    fault: "a name of the zone does not resolve inside",
    make: (_, service) => removeAlias(service("web"), "side.login-a.test"),
    problem: /service web: has lost its name side.login-a.test/,
  },
  {
    property: "P6 names are kept and mean one service",
    fault: "a name means two services",
    make: (_, service) => service("db").networks?.default?.aliases?.push("WWW"),
    problem: /the name www means both/,
  },
  {
    property: "P6 names are kept and mean one service",
    fault: "a name is another service's and nobody is told",
    make: (_, service) => {
      removeAlias(service("web"), "www");
      service("db").networks?.default?.aliases?.push("www");
    },
    problem: /service web: its name www is db's, and nobody is told/,
  },
  {
    property: "P6 every service has a host name",
    fault: "one has none",
    make: (_, service) => removeAlias(service("worker"), "worker.login-a.test"),
    problem: /service worker: has no host name under login-a.test/,
  },
  {
    property: "P7 the services are the project's",
    fault: "a service is gone",
    make: ({ merged }) => delete merged.services.db,
    problem: /with every profile, service db is gone/,
  },
  {
    property: "P7 the services are the project's",
    fault: "a service starts that the user's profiles leave out",
    make: (copy) => Object.assign(copy.active, { merged: [...copy.active.merged, "metrics"] }),
    problem: /with the user's profiles, there is a service metrics/,
  },
  {
    property: "P8 other fields are the project's",
    fault: "an old address is left in a variable",
    make: (_, service) => Object.assign(service("web").environment ?? {}, { PEER: "172.28.0.11:5432" }),
    problem: /service web: environment is/,
  },
  {
    property: "P8 other fields are the project's",
    fault: "an old network's name is left in a variable",
    make: (_, service) => Object.assign(service("web").environment ?? {}, { NETWORK: "cilo-shop-login-a_back" }),
    problem: /service web: environment is/,
  },
  {
    property: "P8 other fields are the project's",
    fault: "a word that is also a network's name is changed",
    make: (_, service) => Object.assign(service("web").environment ?? {}, { WORD: "cilo-shop-login-a_default" }),
    problem: /service web: environment is/,
  },
  {
    property: "P8 other fields are the project's",
    fault: "a field is added",
    make: (_, service) => Object.assign(service("metrics"), { privileged: true }),
    problem: /service metrics: privileged is true instead of null/,
  },
  {
    property: "P8 other fields are the project's",
    fault: "a provider is changed",
    make: (_, service) => Object.assign(service("model"), { labels: { cilo: "true" } }),
    problem: /service model: labels is/,
  },
  {
    property: "P8 other fields are the project's",
    fault: "a link to a container of the project is left",
    make: (_, service) => service("web").external_links?.push("db-all:database"),
    problem: /service web: external_links is/,
  },
  {
    property: "P8 other fields are the project's",
    fault: "another service is waited for",
    make: (_, service) => Object.assign(service("worker"), { depends_on: { db: { condition: "service_started" } } }),
    problem: /service worker: depends_on is/,
  },
  {
    property: "P8 other fields are the project's",
    fault: "a label of the copy's is another's",
    make: (_, service) => Object.assign(service("db").labels ?? {}, { "cilo.id": "id-of-login-b" }),
    problem: /service db: labels is/,
  },
  {
    property: "P9 other sections are the project's",
    fault: "a secret is another file",
    make: ({ merged }) => Object.assign(merged, { secrets: { token: { file: "/envs/shop/login-a/other" } } }),
    problem: /the project: secrets is/,
  },
  {
    property: "P9 volumes are the project's but for their names",
    fault: "a volume's driver is lost",
    make: ({ merged }) => delete merged.volumes?.pinned?.driver,
    problem: /volume pinned: driver is null instead of "local"/,
  },
  {
    property: "P9 volumes are the project's but for their names",
    fault: "two volumes become one",
    make: ({ merged }) => Object.assign(merged.volumes?.pinned ?? {}, { name: "cilo-shop-login-a_data" }),
    problem: /volume pinned: is called cilo-shop-login-a_data, as another volume is/,
  },
  {
    property: "P9 volumes are the project's but for their names",
    fault: "a volume that has a name of the copy's is renamed",
    make: ({ merged }) => Object.assign(merged.volumes?.data ?? {}, { name: "else" }),
    problem: /volume data: is called else/,
  },
  {
    property: "P9 nothing writes to an external volume",
    fault: "a service does",
    make: (_, service) => Object.assign(service("metrics").volumes?.[1] ?? {}, { read_only: false }),
    problem: /service metrics: writes to the external volume ext/,
  },
  {
    property: "P11 copies differ in names and addresses alone",
    fault: "they differ in a command",
    make: (_, service) => Object.assign(service("db"), { command: ["postgres", "-c", "port=1"] }),
    problem: /the copies differ/,
  },
  {
    property: "P12 nothing leads back to the project or to another copy",
    fault: "an old address is left, and nobody is told",
    make: (_, service) => Object.assign(service("db"), { command: ["--peer=172.28.0.10."] }),
    problem: /service db: command.0 has the address 172.28.0.10/,
  },
  {
    property: "P12 nothing leads back to the project or to another copy",
    fault: "a path leads into the other copy",
    make: (_, service) => Object.assign(service("web").build ?? {}, { context: "/envs/shop/login-b/app" }),
    problem: /service web: build.context leads into another copy/,
  },
  {
    property: "P13 shared services are stubs",
    fault: "one would start and mount",
    make: ({ facts }) => Object.assign(facts, { shared: ["db"] }),
    problem: /service db: still has volumes/,
  },
  {
    property: "P15 the override is read as it was meant",
    fault: "a text is not quoted",
    make: ({ facts }) => Object.assign(facts, { override: facts.override.replace('"true"', "yes") }),
    problem: /YAML 1.1 and 1.2 read the override differently/,
  },
  {
    property: "P15 the override is read as it was meant",
    fault: "it is not YAML",
    make: ({ facts }) => Object.assign(facts, { override: 'services:\n  "web: {' }),
    problem: /./,
  },
  {
    property: "P15 the override is read as it was meant",
    fault: "Compose took a text for a variable",
    make: ({ facts }) => Object.assign(facts, { override: facts.override.replace('"true"', '"$HOME"') }),
    problem: /services.web.labels.cilo is "true" after the merge/,
  },
  {
    property: "what stays shared or is lost is told",
    fault: "nobody is told of the host's network",
    make: ({ facts }) =>
      Object.assign(facts, { messages: facts.messages.filter((message) => !/host is/.test(message)) }),
    problem: /service metrics: host is not told of/,
  },
  {
    property: "what stays shared or is lost is told",
    fault: "nobody is told that a volume starts empty",
    make: ({ facts }) =>
      Object.assign(facts, { messages: facts.messages.filter((message) => !/pinned/.test(message)) }),
    problem: /volume pinned: its new name is not told of/,
  },
];

function removeAlias(service: CanonicalService, alias: string): void {
  const attachment = service.networks?.default;
  if (attachment) attachment.aliases = (attachment.aliases ?? []).filter((name) => name !== alias);
}
