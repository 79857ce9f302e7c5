import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toCheck } from "../../../src/controller/verify-isolation/check.ts";
import { checkBinds } from "../../../src/controller/verify-isolation/check-binds.ts";
import { checkNamespaces } from "../../../src/controller/verify-isolation/check-namespaces.ts";
import { checkNetworks } from "../../../src/controller/verify-isolation/check-networks.ts";
import { checkPorts } from "../../../src/controller/verify-isolation/check-ports.ts";
import { checkServices } from "../../../src/controller/verify-isolation/check-services.ts";
import { checkVolumes } from "../../../src/controller/verify-isolation/check-volumes.ts";
import type { ContainerMount, ContainerSetup } from "../../../src/model/container-setup.ts";
import type { Service } from "../../../src/model/environment.ts";
import { makeService } from "../../support/environment.ts";
import { makeMachine } from "./make-machine.ts";
import { makeMember, makeSetup, makeSubject } from "./make-subject.ts";

/** Two isolated environments of one container each, with these changes to the containers. */
function pair(first: Partial<ContainerSetup> = {}, second: Partial<ContainerSetup> = {}) {
  return [
    makeSubject("blue", [makeMember("blue-web", "blue_default", "10.224.0.10", first)]),
    makeSubject("green", [makeMember("green-web", "green_default", "10.224.1.10", second)]),
  ] as const;
}

function messagesOf({ findings }: { findings: { message: string }[] }): string[] {
  return findings.map(({ message }) => message);
}

describe("toCheck", () => {
  const finding = (status: "failed" | "unproven" | "note") => ({ status, message: status, hint: null, details: {} });

  for (const [statuses, expected] of [
    [[], "ok"],
    [["note"], "ok"],
    [["note", "unproven"], "unproven"],
    [["unproven", "failed", "note"], "failed"],
  ] as const) {
    test(`is ${expected} with ${statuses.join(", ") || "nothing"} found, and shows the worst first`, () => {
      const check = toCheck("x", { findings: statuses.map(finding), summary: "" });

      assert.equal(check.status, expected);
      assert.equal(check.findings[0]?.status ?? "ok", statuses.length === 1 ? statuses[0] : expected);
    });
  }
});

describe("networks", () => {
  const at = (network: string, address: string) => ({ network, networkId: network, addresses: [address] });
  const own = at("blue_default", "10.224.0.10");

  test("two on networks of their own", () => {
    const [blue, green] = pair();

    assert.deepEqual(checkNetworks(blue, green, [{ name: "x", networks: ["blue_default", "bridge"] }]), {
      name: "networks",
      from: null,
      to: null,
      status: "ok",
      summary: "2 networks",
      findings: [],
    });
  });

  test("a container on the other's network is the one that does not belong there", () => {
    const [blue, green] = pair({ endpoints: [own, at("green_default", "10.224.1.2")] });

    const check = checkNetworks(blue, green, []);

    assert.equal(check.status, "failed");
    assert.deepEqual(messagesOf(check), [
      "container blue-web of shop/blue is on network green_default, which is shop/green's",
    ]);
    assert.equal(check.findings[0]?.hint, 'run "docker network disconnect green_default blue-web"');
  });

  test("it counts while it does not run: it would be there once it does", () => {
    const endpoints = [own, { ...at("green_default", ""), addresses: [] }];
    const [blue, green] = pair({ endpoints, state: "exited" });

    assert.equal(checkNetworks(blue, green, []).status, "failed");
  });

  test("a third network that both are on", () => {
    const third = at("proxy", "172.20.0.2");
    const [blue, green] = pair({ endpoints: [own, third] }, { endpoints: [third] });

    assert.deepEqual(messagesOf(checkNetworks(blue, green, [])), [
      "container blue-web of shop/blue is on network proxy, on which shop/green is, too",
      "container green-web of shop/green is on network proxy, on which shop/blue is, too",
    ]);
  });

  test("the machine's own network is no network that connects: that is another check's", () => {
    const host = { network: "host", networkId: "h", addresses: [] };
    const [blue, green] = pair({ endpoints: [host] }, { endpoints: [host] });

    assert.equal(checkNetworks(blue, green, []).status, "ok");
  });

  test("somebody else's container on networks of both is noted", () => {
    const [blue, green] = pair();

    const check = checkNetworks(blue, green, [{ name: "traefik", networks: ["green_default", "blue_default"] }]);

    assert.equal(check.status, "ok");
    assert.match(messagesOf(check).join(), /^container traefik is of neither environment and on networks of both/);
  });
});

describe("published ports", () => {
  test("none may be", () => {
    assert.equal(checkPorts(pair()).status, "ok");
    assert.equal(checkPorts(pair({}, { publishedPorts: ["0.0.0.0:8080->80/tcp"] })).status, "failed");
  });
});

describe("volumes", () => {
  const volume = (source: string, readOnly = false): Partial<ContainerSetup> => ({
    mounts: [{ kind: "volume", source, target: "/data", readOnly }],
  });
  const machine = makeMachine({
    devices: {
      a: null,
      b: null,
      blue_data: "/srv/data",
      green_data: "/srv/data",
      slash: "/srv/data/",
      inner: "/srv/data/inner",
      alike: "/srv/database",
      link: "/srv/link",
      other: "/srv/other",
      export: "10.0.0.5:/export",
      subexport: "10.0.0.5:/export/sub/",
      unseen: "/srv/unseen",
    },
    links: { "/srv/link": "/srv/data", "/srv/unseen": null },
  });

  for (const [what, first, second, status] of [
    ["one each", volume("a"), volume("b"), "ok"],
    ["the same", volume("a"), volume("a"), "failed"],
    ["the same, read-only in one", volume("a", true), volume("a"), "failed"],
    ["the same, read-only in both", volume("a", true), volume("a", true), "ok"],
    ["two that stand for one directory", volume("blue_data"), volume("green_data"), "failed"],
    ["two that spell it differently", volume("blue_data"), volume("slash"), "failed"],
    ["one that stands for a link to the other's", volume("link"), volume("slash"), "failed"],
    ["one that stands for a directory in the other's", volume("slash"), volume("inner"), "failed"],
    ["directories that begin alike", volume("blue_data"), volume("alike"), "ok"],
    ["two that stand for two directories", volume("blue_data"), volume("other"), "ok"],
    ["one directory of a file server in the other", volume("export"), volume("subexport"), "failed"],
    ["one that stands for what cannot be seen", volume("unseen"), volume("b"), "unproven"],
    ["one in one only", volume("a"), {}, "ok"],
  ] as const) {
    test(`${what}: ${status}`, () => {
      assert.equal(checkVolumes(...pair(first, second), machine).status, status);
      assert.equal(checkVolumes(...pair(second, first), machine).status, status);
    });
  }

  test("the sentence says which, where and who can write", () => {
    assert.deepEqual(messagesOf(checkVolumes(...pair(volume("a", true), volume("a")), machine)), [
      "volume a is mounted in shop/blue (blue-web) and in shop/green (green-web), and green-web can write to it",
    ]);
    assert.match(
      messagesOf(checkVolumes(...pair(volume("blue_data"), volume("green_data")), machine)).join(),
      /^volumes blue_data and green_data stand for the same place, \/srv\/data, and are mounted in/,
    );
    assert.match(
      messagesOf(checkVolumes(...pair(volume("link"), volume("inner")), machine)).join(),
      /^volumes link and inner stand for places one inside the other, \/srv\/data and \/srv\/data\/inner, and are/,
    );
  });
});

describe("binds", () => {
  const bind = (...mounts: [source: string, readOnly: boolean][]): Partial<ContainerSetup> => ({
    mounts: mounts.map(([source, readOnly]): ContainerMount => ({ kind: "bind", source, target: "/x", readOnly })),
  });
  const volume = (source: string, readOnly = false): Partial<ContainerSetup> => ({
    mounts: [{ kind: "volume", source, target: "/data", readOnly }],
  });
  const volumesOf = (name: string) => `/var/lib/docker/volumes/${name}/_data`;
  const machine = makeMachine({
    devices: { data: null, idle: null, somebodys: null, slash: "/srv/a/", sockets: "/run", root: "/var/lib/docker" },
    belongings: {
      "shop/blue": { workspace: "/home/envs/shop/blue", volumes: ["idle"] },
      "shop/green": { workspace: "/home/envs/shop/green", volumes: ["idle"] },
    },
    links: {
      "/var/run": "/run",
      "/var/run/docker.sock": "/run/docker.sock",
      "/tmp/link.sock": "/run/docker.sock",
      "/tmp/link": "/srv/a",
      "/tmp/data": volumesOf("data"),
      "/tmp/unseen": null,
    },
  });

  for (const [what, first, second, status] of [
    ["one each", bind(["/srv/a", false]), bind(["/srv/b", false]), "ok"],
    ["names that begin alike", bind(["/srv/a", false]), bind(["/srv/ab", false]), "ok"],
    ["the same", bind(["/srv/a", false]), bind(["/srv/a/", true]), "failed"],
    ["one inside the other", bind(["/srv/a/b", true]), bind(["/srv/a", false]), "failed"],
    ["one inside the root", bind(["/", false]), bind(["/srv/a", true]), "failed"],
    ["a link and what it leads to", bind(["/tmp/link", false]), bind(["/srv/a/b", true]), "failed"],
    ["read-only in both", bind(["/etc/localtime", true]), bind(["/etc/localtime", true]), "ok"],
    ["the engine's socket in one, read-only", bind(["/var/run/docker.sock", true]), {}, "failed"],
    ["a link to the engine's socket", bind(["/tmp/link.sock", false]), {}, "failed"],
    ["the directory of the engine's socket", {}, bind(["/var/run", true]), "failed"],
    ["a volume that stands for that directory", {}, volume("sockets", true), "failed"],
    ["the other's volume as a directory", bind([volumesOf("data"), false]), volume("data"), "failed"],
    ["a link to it", bind(["/tmp/data", true]), volume("data"), "failed"],
    ["a volume of the other's that nothing mounts", bind([volumesOf("idle"), true]), {}, "failed"],
    ["a volume of neither, in one", bind([volumesOf("somebodys"), false]), {}, "ok"],
    ["what a volume of the other stands for", bind(["/srv/a", true]), volume("slash"), "failed"],
    ["what is in it", bind(["/srv/a/b", false]), volume("slash", true), "failed"],
    ["what is in it, read-only in both", bind(["/srv/a/b", true]), volume("slash", true), "ok"],
    ["all of the engine's data", bind(["/var/lib/docker", true]), {}, "failed"],
    ["some of it", bind(["/var/lib/docker/containers", true]), {}, "failed"],
    ["a directory over it", bind(["/var/lib", true]), {}, "failed"],
    ["a volume that stands for it", volume("root", true), {}, "failed"],
    ["a file of the other's workspace", bind(["/home/envs/shop/green/.env", true]), {}, "failed"],
    ["a directory over both workspaces", {}, bind(["/home/envs", true]), "failed"],
    ["what is in the own workspace", bind(["/home/envs/shop/blue/src", false]), {}, "ok"],
    ["what cannot be seen", bind(["/tmp/unseen", true]), {}, "unproven"],
  ] as const) {
    test(`${what}: ${status}`, () => {
      assert.equal(checkBinds(...pair(first, second), machine).status, status);
    });
  }

  test("each pair of containers is named once, by what they really share", () => {
    const check = checkBinds(...pair(bind(["/srv/a", false], ["/srv/a", false]), bind(["/srv/a/b", true])), machine);

    assert.deepEqual(messagesOf(check), [
      "/srv/a/b of this machine is in container blue-web of shop/blue (in /srv/a) and in green-web of shop/green, and blue-web can write to it",
    ]);
  });

  test("what has another name in a container is told with that name", () => {
    const check = checkBinds(...pair(bind(["/tmp/link", false]), volume("slash", true)), machine);

    assert.deepEqual(messagesOf(check), [
      "/srv/a of this machine is in container blue-web of shop/blue (as /tmp/link) and in green-web of shop/green (as volume slash), and blue-web can write to it",
    ]);
  });

  test("the engine's socket in both is told for each, and not as a shared file besides", () => {
    const socket = bind(["/tmp/link.sock", false]);

    const messages = messagesOf(checkBinds(...pair(socket, socket), machine));

    assert.equal(messages.length, 2);
    assert.match(messages.join(), /has the engine's socket \(\/tmp\/link\.sock, which is \/run\/docker\.sock\)/);
  });

  test("what is shared by its spelling alone is so where no link can be followed", () => {
    const unseen = makeMachine({ links: { "/srv/a": null, "/srv/a/b/": null } });

    const check = checkBinds(...pair(bind(["/srv/a", false]), bind(["/srv/a/b/", true])), unseen);

    assert.deepEqual([check.status, check.findings.length], ["failed", 3]);
  });
});

describe("services", () => {
  const member = (changes: Partial<ContainerSetup> = {}) =>
    makeMember("blue-web", "blue_default", "10.224.0.10", { labels: { "cilo.service": "web" }, ...changes });
  const web = (containers: ContainerSetup[], service: Partial<Service> = {}) => [
    makeSubject("blue", containers, { environment: { services: { web: makeService(service) } } }),
  ];
  const ended = (exitCode: number) => member({ state: "exited", exitCode });
  const noAddress = [{ network: "blue_default", networkId: "blue_default", addresses: [] }];

  for (const [what, subjects, status, text] of [
    ["one that runs", web([member()]), "ok", ""],
    ["one of whose containers one runs", web([member(), ended(137)]), "ok", ""],
    ["one in the machine's network", web([member({ networkMode: "host", endpoints: [] })]), "ok", ""],
    ["one that is not meant to run", web([], { replicas: 0 }), "ok", ""],
    ["one without a container", web([]), "unproven", "it has no container"],
    ["one that was killed", web([ended(137)]), "unproven", "blue-web ended with exit code 137"],
    ["one that starts again and again", web([member({ state: "restarting" })]), "unproven", "blue-web is restarting"],
    ["a job that is done", web([ended(0)]), "ok", "blue-web ended with exit code 0"],
    ["a server that ended", web([ended(0)], { purpose: "server" }), "unproven", "blue-web ended with exit code 0"],
    [
      "one that was taken off its network",
      web([member({ endpoints: [] })]),
      "unproven",
      "blue-web runs and is on no network",
    ],
    [
      "one that has no address there",
      web([member({ endpoints: noAddress })]),
      "unproven",
      "blue-web runs and is on no",
    ],
  ] as const) {
    test(`${what}: ${status}`, () => {
      const check = checkServices(subjects);

      assert.equal(check.status, status);
      assert.equal(check.findings.length, text === "" ? 0 : 1);
      if (text !== "") {
        assert.ok(messagesOf(check).join().startsWith(`service web of shop/blue was not probed: ${text}`));
      }
    });
  }
});

describe("namespaces", () => {
  for (const [what, changes, message] of [
    [
      "the machine's network",
      { networkMode: "host" },
      /^container blue-web of shop\/blue has network_mode: host: its ports are/,
    ],
    ["the machine's processes", { pidMode: "host" }, /has pid: host: it sees every process/],
    ["the machine's memory", { ipcMode: "host" }, /has ipc: host/],
    [
      "the other's container, by its name",
      { networkMode: "container:green-web" },
      /container:green-web, which is shop\/green's$/,
    ],
    [
      "somebody's container",
      { networkMode: "container:0123456789abcdef" },
      /container:0123456789ab, which every copy would share$/,
    ],
  ] as const) {
    test(`${what}`, () => {
      const check = checkNamespaces(pair(changes));

      assert.equal(check.status, "failed");
      assert.match(messagesOf(check).join(), message);
    });
  }

  test("those of its own environment's containers are its own", () => {
    const id = "0123456789abcdef0123456789abcdef";
    const subject = makeSubject("blue", [
      makeSetup("web", { id }),
      makeSetup("sidecar", { networkMode: `container:${id}`, pidMode: "container:web" }),
    ]);

    assert.deepEqual(checkNamespaces([subject]).findings, []);
  });

  test("a privileged container is noted", () => {
    const check = checkNamespaces(pair({ privileged: true }));

    assert.deepEqual([check.status, check.findings[0]?.status], ["ok", "note"]);
  });
});
