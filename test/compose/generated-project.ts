import fc from "fast-check";
import type { ModelText } from "./model-builder.ts";

/** Names a service may have, the awkward ones among them; none is a name Compose refuses. */
const serviceNames = ["web", "db", "my_db", "my-db", "API", "peer0.org1.example", "a", "10", "proxy"];
const networkKeys = ["front", "back", "fixed", "corp"];

const networks = {
  front: {},
  back: { internal: true, ipam: { config: [{ subnet: "172.28.0.0/16" }] } },
  fixed: { name: "everyones" },
  corp: { name: "corp", external: true },
};
const volumes = {
  data: {},
  pinned: { name: "pinned-for-all", labels: ["keep=1"] },
  ext: { external: true, name: "outside" },
  cache: { driver_opts: { type: "tmpfs", device: "tmpfs", o: "size=1m" } },
};

/** A text that Compose would take for a variable, or YAML for something else, were it not quoted. */
const awkwardText = fc.oneof(
  fc.constantFrom("yes", "$$HOME", "a: b", "# no", "'", '"', "é", "172.28.0.10", "172.28.0.100", "0x1", " "),
  fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll("$", "$$$$")),
);

/** The form a key-value field may have in a file. */
function pairs(keys: readonly string[]) {
  const entries = fc.array(fc.tuple(fc.constantFrom(...keys), awkwardText), { maxLength: 3 }).map(Object.fromEntries);
  return fc
    .tuple(entries, fc.boolean())
    .map(([map, asList]) => (asList ? Object.entries(map).map(([key, value]) => `${key}=${value}`) : map));
}

const service = fc.record(
  {
    build: fc.constantFrom(".", { context: ".", labels: ["a=b"] }, { context: ".", tags: ["all/of:us"] }),
    labels: pairs(["team", "docker.network", "cilo.hostnames"]),
    environment: pairs(["NETWORK", "ADDRESS", "TEXT"]),
    ports: fc.subarray(["80:80", "127.0.0.1:9000-9001:9000-9001", "53:53/udp", "7000"]),
    expose: fc.subarray(["81", "90-92", "53/udp"]),
    volumes: fc.subarray([
      "data:/data",
      "pinned:/pinned:ro",
      "ext:/ext:ro",
      "ext:/ext2",
      "cache:/cache",
      "./here:/here",
    ]),
    profiles: fc.subarray(["dev", "prod"]),
    extra_hosts: fc.subarray(["one=172.28.0.10", "two=10.0.0.1"], { minLength: 1 }),
    command: fc.constantFrom(["run", "--peer=172.28.0.10"], ["run"]),
    healthcheck: fc.constant({ test: ["CMD", "ping", "172.28.0.10"] }),
  },
  { requiredKeys: [] },
);

const attachments = fc.oneof(
  fc.constant({}),
  fc.subarray(networkKeys, { minLength: 1 }).map((keys) => ({ networks: keys })),
  fc.tuple(fc.subarray(["front", "fixed"]), fc.subarray(["store", "Www", "web"])).map(([keys, aliases]) => ({
    networks: { back: { aliases }, ...Object.fromEntries(keys.map((key) => [key, null])) },
  })),
);

const attachment = fc.oneof(
  { weight: 5, arbitrary: attachments },
  { weight: 1, arbitrary: fc.constantFrom("none", "host", "bridge").map((mode) => ({ network_mode: mode })) },
);

const many = fc.constantFrom(
  {},
  { scale: 2 },
  { deploy: { replicas: 0 } },
  { deploy: { replicas: 3 } },
  { fixedName: true },
);

/**
 * Projects of one to five services that Compose accepts, with any mix of what an override has to deal with. Each service may live in the network of one before it,
 * by its service or container name, and the first one that is on `back` may have a static address there.
 */
export const generatedProject: fc.Arbitrary<ModelText> = fc
  .tuple(
    fc.shuffledSubarray(serviceNames, { minLength: 1, maxLength: 5 }),
    fc.array(fc.tuple(service, attachment, many, fc.nat(5), fc.constantFrom("one:1", "two")), {
      minLength: 5,
      maxLength: 5,
    }),
  )
  .map(([names, parts]) => {
    const services: Record<string, Record<string, unknown>> = {};
    let hasAddress = false;
    for (const [index, name] of names.entries()) {
      const [fields, network, number, joins, image] = parts[index] ?? [{}, {}, {}, 0, "one:1"];
      const { fixedName, ...replicas } = { fixedName: false, ...number };
      const built: Record<string, unknown> = { ...fields, image, ...network, ...replicas };
      if (fixedName) built.container_name = `${name}-for-all`;
      const target = names[joins];
      if (joins < index && target !== undefined && services[target]?.profiles === undefined) {
        delete built.networks;
        const container = services[target]?.container_name;
        built.network_mode = container === undefined ? `service:${target}` : `container:${container}`;
      }
      hasAddress = giveAddress(built, hasAddress);
      services[name] = built;
    }
    return { services, networks, volumes };
  });

function giveAddress(service: Record<string, unknown>, hasAddress: boolean): boolean {
  const attached = service.networks;
  if (hasAddress || typeof attached !== "object" || attached === null || !("back" in attached)) return hasAddress;
  service.networks = { ...attached, back: { ...(attached.back as object), ipv4_address: "172.28.0.10" } };
  return true;
}
