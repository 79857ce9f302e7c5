import assert from "node:assert/strict";
import { test } from "node:test";
import {
  describeTakenBack,
  findBrokenRequirements,
  fixedNamesOf,
  withoutTakenBack,
} from "../../../src/compose/verify/user-layer.ts";
import { type Finding, messageOf } from "../../../src/model/finding.ts";
import { composeProject, type ModelText, readingOf } from "../model-builder.ts";

const labels = { cilo: "true", "cilo.id": "1", "cilo.service": "web" };
const networkName = `${composeProject}_default`;
const web = { image: "web", labels, networks: { default: { ipv4_address: "10.224.0.10", aliases: ["web"] } } };
const merged: ModelText = {
  services: { web: { ...web, build: { context: "/copy", labels } } },
  networks: { default: { name: networkName, external: true } },
  volumes: { data: { name: `${composeProject}_data`, labels } },
};

const home = "/home/ada/.cilo";
const placed = {
  workspaceRoot: `${home}/envs/shop/login`,
  surroundings: { home, standIns: `${home}/own`, sourceRoot: "/src/shop" },
};

interface Change {
  web?: object;
  services?: Record<string, object>;
  networks?: ModelText["networks"];
  volumes?: ModelText["volumes"];
}

/** The project merged with its override, and as a user layer leaves it that changes what is given. */
function layered(change: Change, externalVolumes: string[] = []) {
  const final: ModelText = {
    services: { web: { ...merged.services?.web, ...change.web }, ...change.services },
    networks: { ...merged.networks, ...change.networks },
    volumes: { ...merged.volumes, ...change.volumes },
  };
  return {
    merged: readingOf(merged).base,
    final: readingOf(final).base,
    networkName,
    layer: { externalVolumes },
    placed,
  };
}

const broken: { behaviour: string; change: Change; found: string[] }[] = [
  {
    behaviour: "nothing of what a copy needs is changed",
    change: { web: { ports: ["80:80"], command: "x" } },
    found: [],
  },
  {
    behaviour: "a container label of ours is another",
    change: { web: { labels: { ...labels, "cilo.id": "2", team: "shop" } } },
    found: ["service web: labels"],
  },
  {
    behaviour: "a mount leads beside the copy",
    change: { web: { volumes: [{ type: "bind", source: `${home}/envs/shop/data`, target: "/data" }] } },
    found: ["service web: volumes"],
  },
  {
    behaviour: "our labels of an image are gone",
    change: { web: { build: { context: "/copy" } } },
    found: ["service web: build.labels"],
  },
  {
    behaviour: "our labels of a volume are gone",
    change: { volumes: { data: { name: "x" } } },
    found: ["volume data: labels"],
  },
  {
    behaviour: "an external volume takes a volume's place",
    change: { volumes: { data: { external: true, name: "x" } } },
    found: [],
  },
  {
    behaviour: "the address is another",
    change: { web: { networks: { default: { ipv4_address: "10.224.0.99" } } } },
    found: ["service web: networks.default.ipv4_address"],
  },
  {
    behaviour: "a service is off the environment's network",
    change: { web: { networks: { proxy: null } }, networks: { proxy: { name: "proxy", external: true } } },
    found: ["service web: networks.default"],
  },
  {
    behaviour: "a service is in another's network namespace",
    change: { web: { networks: undefined, network_mode: "service:other" } },
    found: ["service web: network_mode"],
  },
  {
    behaviour: "the network default is another",
    change: { networks: { default: { name: "company", external: true } } },
    found: ["network default: name"],
  },
  {
    behaviour: "the network default is Compose's to make",
    change: { networks: { default: { name: networkName } } },
    found: ["network default: name"],
  },
  {
    behaviour: "a further network is Compose's to make",
    change: { networks: { front: { name: "front" } } },
    found: ["network front: external"],
  },
  {
    behaviour: "a service was not there before",
    change: { services: { late: { image: "l" } } },
    found: ["service late: (whole)"],
  },
];

for (const { behaviour, change, found } of broken) {
  test(`${found.length === 0 ? "accepts" : "refuses"} a layer where ${behaviour}`, () => {
    const violations = findBrokenRequirements(layered(change));

    assert.deepEqual(
      violations.map(({ subject, field }) => `${subject}: ${field}`),
      found,
    );
  });
}

test("refuses a layer that takes a service away", () => {
  const { final, ...project } = layered({});

  const violations = findBrokenRequirements({ ...project, final: { ...final, services: {} } });

  assert.deepEqual(violations, [{ subject: "service web", field: "(whole)", problem: "it is gone" }]);
});

const mountsData = { volumes: [{ type: "volume", source: "data", target: "/d" }] };
const takenBack: { behaviour: string; change: Change; externalVolumes?: string[]; told: string[] }[] = [
  { behaviour: "nothing", change: {}, told: [] },
  {
    behaviour: "published ports, those the engine chooses aside",
    change: {
      web: {
        ports: [
          { target: 80, published: "8080", host_ip: "127.0.0.1" },
          { target: 81, published: 8081 },
          { target: 82 },
          { target: 83, published: "0" },
          { target: 84, published: "9000-9010" },
        ],
      },
    },
    told: ["service web: publishes 127.0.0.1:8080, 8081, so only one copy at a time can run"],
  },
  { behaviour: "ports that are all the engine's to choose", change: { web: { ports: [{ target: 82 }] } }, told: [] },
  {
    behaviour: "a container name",
    change: { web: { container_name: "shop-web" } },
    told: ["service web: container_name is shop-web, so only one copy at a time can run"],
  },
  {
    behaviour: "the name and the tags of what is built",
    change: { web: { image: "shop/web", build: { context: "/copy", labels, tags: ["shop:1"] } } },
    told: [
      "service web: what is built is called shop/web, so the copy that builds last decides for all",
      "service web: what is built is called shop:1 too, so the copy that builds last decides for all",
    ],
  },
  {
    behaviour: "an external network",
    change: { networks: { proxy: { name: "company", external: true } } },
    told: ["network proxy: joins the external network company, so what is on it reaches this copy"],
  },
  {
    behaviour: "a volume's name",
    change: { volumes: { data: { name: "shared", labels } } },
    told: ["volume data: is called shared, so only one copy at a time can have it"],
  },
  {
    behaviour: "an external volume that is written to",
    change: { web: mountsData, volumes: { data: { name: "pgdata", external: true } } },
    externalVolumes: ["data"],
    told: ["volume data: is the external volume pgdata, which every copy writes to"],
  },
  {
    behaviour: "an external volume that nothing writes to",
    change: { volumes: { data: { name: "pgdata", external: true } } },
    externalVolumes: ["data"],
    told: [],
  },
];

for (const { behaviour, change, externalVolumes, told } of takenBack) {
  test(`tells of ${behaviour}`, () => {
    const findings = describeTakenBack(layered(change, externalVolumes));

    assert.deepEqual(findings.map(messageOf), told);
    for (const { rule, action, shared, level } of findings) {
      assert.deepEqual(
        { rule, action, shared, level },
        { rule: "user-layer", action: "kept", shared: true, level: "warning" },
      );
    }
  });
}

test("knows the names of containers and of volumes that are the environment's own", () => {
  const { final } = layered({
    web: { container_name: "a$$b" },
    services: { job: { image: "j" } },
    volumes: { ext: { name: "company", external: true }, plain: null },
  });

  assert.deepEqual(fixedNamesOf(final), { containers: ["a$b"], volumes: [`${composeProject}_data`, "plain"] });
});

test("leaves out what the override says of things that are taken back, and nothing else", () => {
  const finding = (path: string[], rule = "override"): Finding => ({
    ...{ rule, path, statement: "", hint: null },
    ...{ action: "rewritten", shared: false, level: "warning" },
  });
  const kept = [finding(["services", "web", "network_mode"]), finding(["volumes", "logs"]), finding([])];
  const gone = [finding(["services", "web", "container_name"]), finding(["volumes", "data", "name"])];
  const layer = [finding(["services", "web", "container_name"]), finding(["volumes", "data"])];

  assert.deepEqual(withoutTakenBack([...kept, ...gone], layer), kept);
});

test("tells where the layer says again what was put right for the copy, and not what is only there twice", () => {
  const right = { environment: { DB: "10.224.0.9", A: "1" }, dns: ["10.224.0.2", "1.1.1.1"], pull_policy: "never" };
  const again = {
    environment: { DB: "172.28.0.9", A: "1" },
    dns: ["10.224.0.2", "1.1.1.1", "1.1.1.1"],
    pull_policy: "always",
  };
  const modelOf = (fields: object) => readingOf({ services: { web: { ...web, ...fields } } }).base;

  const findings = describeTakenBack({
    merged: modelOf(right),
    final: modelOf(again),
    networkName,
    layer: { externalVolumes: [] },
    placed,
  });

  assert.deepEqual(
    findings.map(({ path }) => path.join(".")),
    ["services.web.environment", "services.web.pull_policy"],
  );
});
