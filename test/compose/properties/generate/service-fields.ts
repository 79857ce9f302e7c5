import fc from "fast-check";
import { addressText, anyText, awkwardText, pairs } from "./texts.ts";

const some = { minLength: 1 } as const;

const build = fc.oneof(
  fc.constantFrom<unknown>(
    ".",
    "./app",
    { context: ".", labels: ["a=b"] },
    { context: ".", tags: ["all/of:us", "${COMPOSE_PROJECT_NAME}/own:1"] },
  ),
  fc.constantFrom<unknown>(
    { context: "https://example.test/repo.git#main" },
    { dockerfile_inline: "FROM scratch\nRUN echo $$HOME", context: "." },
  ),
  fc.record(
    {
      context: fc.constantFrom(".", "app"),
      dockerfile: fc.constantFrom("Dockerfile", "../app/Dockerfile.dev"),
      args: pairs(["A", "NETWORK", "B.1"]),
      target: fc.constant("prod"),
      labels: pairs(["x", "docker.network"]),
      tags: fc.subarray(["t:1", "docker.io/library/t", "${COMPOSE_PROJECT_NAME}:x"]),
      cache_from: fc.constant(["type=local,src=/tmp/cache"]),
      cache_to: fc.constant(["type=local,dest=/tmp/cache"]),
      additional_contexts: fc.constantFrom<unknown>(
        { base: "docker-image://alpine", more: "./more" },
        { two: "docker-image://two" },
        ["other=../other"],
      ),
      secrets: fc.constantFrom<unknown>(["token"], [{ source: "from.env", target: "t" }]),
      network: fc.constantFrom("host", "none"),
      ssh: fc.constant(["default"]),
      platforms: fc.constant(["linux/amd64"]),
      extra_hosts: fc.constantFrom<unknown>(["b=172.28.0.10"], { b: "10.1.1.1" }),
      shm_size: fc.constant("64m"),
    },
    { requiredKeys: ["context"] },
  ),
);

const mounts = fc.subarray<unknown>([
  "data:/data",
  "pinned:/pinned:ro",
  "pinned.2:/pinned2",
  "ext:/ext:ro",
  "ext_2:/ext2",
  "ext3:/ext3:ro",
  "10:/ten:rw,z",
  "cache:/cache",
  "bound:/bound",
  "nothing:/nothing",
  "taken:/taken",
  "./here:/here",
  "../beside:/beside",
  "~/home:/home/x:ro",
  "/srv/x:/srv/x",
  "/var/run/docker.sock:/var/run/docker.sock:ro",
  "/anonymous",
  { type: "volume", source: "data", target: "/sub", volume: { subpath: "a/b", nocopy: true } },
  { type: "volume", source: "ext3", target: "/long", read_only: true },
  { type: "volume", source: "ext", target: "/written" },
  { type: "volume", target: "/anonymous2" },
  { type: "tmpfs", target: "/tmpfs", tmpfs: { size: "10m", mode: 493 } },
  { type: "bind", source: "./b $$x", target: "/b", bind: { create_host_path: false, propagation: "rslave" } },
]);

const healthcheck = fc.constantFrom<unknown>(
  { test: ["CMD", "ping", "172.28.0.10"], interval: "5s" },
  { test: "wget 172.28.0.11 || exit 1", retries: 3, start_period: "1m30s" },
  { disable: true },
  { test: ["NONE"] },
);

const deploy = fc.record(
  {
    resources: fc.constant({
      limits: { cpus: "0.5", memory: "50M" },
      reservations: { devices: [{ capabilities: ["gpu"], count: 1 }] },
    }),
    restart_policy: fc.constant({ condition: "on-failure", delay: "5s" }),
    labels: pairs(["d", "traefik.docker.network"]),
    placement: fc.constant({ constraints: ["node.role == manager"] }),
    update_config: fc.constant({ parallelism: 2, order: "start-first" }),
    mode: fc.constantFrom("replicated", "global"),
  },
  { requiredKeys: [] },
);

/** Fields that say where a service is reached and what it sees of others. */
const networkingFields = {
  ports: fc.subarray<unknown>([
    "80:80",
    "127.0.0.1:9000-9001:9000-9001",
    "53:53/udp",
    "7000",
    7001,
    "${PORT:-8080}:8080",
    "[::1]:81:81",
    { target: 443, published: "8443", protocol: "tcp", mode: "host" },
  ]),
  expose: fc.subarray<unknown>(["81", 82, "90-92", "53/udp"]),
  hostname: fc.constantFrom("same.host", "web", "db"),
  domainname: fc.constant("example.test"),
  extra_hosts: fc.constantFrom<unknown>(["one=172.28.0.10", "two:10.0.0.1"], { one: "172.28.0.11", six: "::1" }, [
    "up=host-gateway",
    "six=[2001:db8::1]",
  ]),
  dns: fc.constantFrom<unknown>("172.28.0.10", ["172.28.0.11", "8.8.8.8"], "9.9.9.9"),
  dns_search: fc.constantFrom<unknown>("example.test", ["a.test", "b.test"]),
  dns_opt: fc.constant(["use-vc"]),
};

/** Fields that are left as they are. */
const keptFields = {
  cap_add: fc.constant(["NET_ADMIN"]),
  init: fc.boolean(),
  user: fc.constant("1000:1000"),
  tty: fc.boolean(),
  working_dir: fc.constant("/srv"),
  tmpfs: fc.constantFrom<unknown>("/run", ["/run", "/tmp:size=1m"]),
  ulimits: fc.constant({ nproc: 65535, nofile: { soft: 1, hard: 2 } }),
  sysctls: fc.constantFrom<unknown>(["net.core.somaxconn=1024"], { "net.core.somaxconn": 1024 }),
  devices: fc.constant(["/dev/null:/dev/x"]),
  privileged: fc.boolean(),
  logging: fc.constant({ driver: "json-file", options: { "max-size": "10m" } }),
  restart: fc.constantFrom("always", "unless-stopped", "no"),
  stop_grace_period: fc.constant("1m30s"),
  shm_size: fc.constant("64m"),
  annotations: pairs(["a", "b"]),
  security_opt: fc.constant(["no-new-privileges:true"]),
  group_add: fc.constant(["mail"]),
  "x-mine": fc.record({ any: anyText, list: fc.array(awkwardText, { maxLength: 2 }) }),
  uts: fc.constant("host"),
  userns_mode: fc.constant("host"),
  cgroup: fc.constant("host"),
  develop: fc.constant({
    watch: [
      { path: "./src", action: "sync", target: "/src", ignore: ["node_modules/"] },
      { path: "package.json", action: "rebuild" },
    ],
  }),
  secrets: fc.subarray<unknown>(["token", { source: "from.env", target: "x", mode: 288 }], some),
  configs: fc.subarray<unknown>(["page", { source: "inline", target: "/etc/inline", uid: "1" }, "env_1"], some),
  env_file: fc.constantFrom<unknown>("web.env", ["web.env", "conf/more.env"], [{ path: "none.env", required: false }]),
  storage_opt: fc.constant({ size: "1G" }),
  attach: fc.boolean(),
};

const spokenFields = {
  labels: pairs(["team", "docker.network", "a network: #1", '"network"', "réseau/network", "NETWORK$X"]),
  environment: pairs(["NETWORK", "ADDRESS", "TEXT", "my.network-é", "NETWORK$X", "A B"]),
  command: fc.oneof(
    fc.constantFrom<unknown>(["run", "--peer=172.28.0.10"], [], "run 'a b' 172.28.0.12", null),
    fc.array(addressText, { maxLength: 2 }),
  ),
  entrypoint: fc.constantFrom<unknown>(["/run", "172.28.0.13"], "/bin/sh -c 'exec x'", []),
  healthcheck,
  deploy,
  volumes: mounts,
  pull_policy: fc.constantFrom("always", "missing", "if_not_present", "never", "build"),
};

/** The fields of a service that name no other service, each there or not; `common` ones more often. */
export const serviceFields: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.record(spokenFields, { requiredKeys: [] }),
    rarely({ ...networkingFields, build }, 3),
    rarely(keptFields, 4),
  )
  .map((parts) => Object.assign({}, ...parts));

/** A few of the fields. */
function rarely(
  fields: Record<string, fc.Arbitrary<unknown>>,
  maxLength: number,
): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .uniqueArray(fc.constantFrom(...Object.keys(fields)), { maxLength })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, fields[key] ?? fc.constant(null)]))));
}
