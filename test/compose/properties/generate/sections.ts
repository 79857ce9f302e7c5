import fc from "fast-check";

/** Every kind of network a project may have. */
export const networks: Record<string, object | null> = {
  front: {},
  back: { internal: true, ipam: { config: [{ subnet: "172.28.0.0/16", gateway: "172.28.255.254" }] } },
  fixed: { name: "everyones", labels: ["a=b"] },
  corp: { name: "corp", external: true },
  outside: { external: true },
  six: { enable_ipv6: true, ipam: { config: [{ subnet: "2001:db8::/64" }, { subnet: "172.29.0.0/24" }] } },
  same: { ipam: { config: [{ subnet: "10.224.201.0/24" }] } },
  bridge: { driver: "bridge", driver_opts: { "com.docker.network.bridge.name": "br-fixed" }, attachable: true },
  "lan.1": { driver: "macvlan", driver_opts: { parent: "eth0" }, ipam: { config: [{ subnet: "192.168.77.0/24" }] } },
  "10": { name: "${COMPOSE_PROJECT_NAME}-ten" },
};

/** What `default` may be where a project says something of it. */
export const defaultNetwork = fc.constantFrom(
  undefined,
  { name: "fixed-default" },
  { driver: "bridge" },
  { external: true, name: "corp" },
  { ipam: { config: [{ subnet: "172.30.0.0/24" }] } },
  null,
);

/** Every kind of volume a project may have; some have one name on the engine. */
export const volumes: Record<string, object | null> = {
  data: {},
  nothing: null,
  pinned: { name: "pinned-for-all", labels: ["keep=1"] },
  "pinned.2": { name: "pinned-for-all" },
  ext: { external: true, name: "outside" },
  ext_2: { external: true, name: "outside" },
  ext3: { external: true },
  cache: { driver_opts: { type: "tmpfs", device: "tmpfs", o: "size=1m" } },
  bound: { driver: "local", driver_opts: { type: "none", o: "bind", device: "/srv/data" } },
  "10": { name: "${COMPOSE_PROJECT_NAME}-own" },
  taken: { name: "cilo-shop-login-a_pinned" },
};

export const secrets: Record<string, object> = {
  token: { file: "./token.txt" },
  swarm: { external: true, name: "swarm-secret" },
  named: { file: "./token.txt", name: "fixed-secret" },
  "from.env": { environment: "HOME" },
};

export const configs: Record<string, object> = {
  page: { file: "./page.txt" },
  inline: { content: "peer 172.28.0.10 $$x ${TAG:-t}\n" },
  env_1: { environment: "HOME" },
};
