import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CiloError } from "../../../src/base/errors.ts";
import {
  parseContainers,
  parseEngine,
  parseImageOrigin,
  parseImages,
  parseInspectedContainer,
  parseNetwork,
  parseNetworks,
  parseVolume,
  parseVolumeSizes,
  parseVolumes,
} from "../../../src/runtime/docker/facts.ts";

const listed = {
  Id: "c1",
  Names: ["/cilo-shop-blue-web-1"],
  Image: "busybox",
  ImageID: "sha256:1",
  Labels: { cilo: "true" },
  State: "running",
  Status: "Up 3 seconds",
  NetworkSettings: { Networks: { net: { IPAddress: "10.224.0.10", IPPrefixLen: 24, NetworkID: "n1" } } },
};

describe("parseContainers", () => {
  test("reads a running container", () => {
    assert.deepEqual(parseContainers([listed]), [
      {
        id: "c1",
        name: "cilo-shop-blue-web-1",
        labels: { cilo: "true" },
        state: "running",
        health: "none",
        exitCode: null,
        addresses: { net: "10.224.0.10" },
        networkIds: { net: "n1" },
        image: "busybox",
        imageId: "sha256:1",
      },
    ]);
  });

  test("reads a container of which the engine says as little as it can", () => {
    assert.deepEqual(parseContainers([{ Id: "c1", Names: null, Labels: null, State: "created" }]), [
      {
        id: "c1",
        name: "c1",
        labels: {},
        state: "created",
        health: "none",
        exitCode: null,
        addresses: {},
        networkIds: {},
        image: "",
        imageId: "",
      },
    ]);
  });

  const statuses: [state: string, status: string, health: string, exitCode: number | null][] = [
    ["running", "Up 3 seconds (health: starting)", "starting", null],
    ["running", "Up 2 hours (healthy)", "healthy", null],
    ["running", "Up 2 hours (unhealthy)", "unhealthy", null],
    ["paused", "Up 2 hours (Paused)", "none", null],
    ["exited", "Exited (0) 2 minutes ago", "none", 0],
    ["exited", "Exited (137) About an hour ago", "none", 137],
    ["restarting", "Restarting (1) 3 seconds ago", "none", null],
    ["created", "Created", "none", null],
    ["dead", "Dead", "none", null],
  ];
  for (const [State, Status, health, exitCode] of statuses) {
    test(`reads health and exit code out of "${Status}"`, () => {
      const [container] = parseContainers([{ ...listed, State, Status }]);

      assert.deepEqual([container?.state, container?.health, container?.exitCode], [State, health, exitCode]);
    });
  }

  test("takes a state it does not know for not running", () => {
    assert.equal(parseContainers([{ ...listed, State: "hibernating" }])[0]?.state, "exited");
  });

  test("leaves out networks on which it has no address now", () => {
    const NetworkSettings = { Networks: { a: { IPAddress: "" }, b: null, c: {}, d: { IPAddress: "10.224.0.9" } } };

    assert.deepEqual(parseContainers([{ ...listed, NetworkSettings }])[0]?.addresses, { d: "10.224.0.9" });
  });
});

describe("parseInspectedContainer", () => {
  const inspected = {
    Id: "c1",
    Name: "/cilo-shop-blue-web-1",
    Config: { Labels: { cilo: "true" }, Image: "busybox", Tty: true },
    State: { Status: "exited", ExitCode: 3, Health: { Status: "unhealthy" } },
    NetworkSettings: { Networks: { net: { IPAddress: "" } } },
    Mounts: [
      { Type: "volume", Name: "shop_data", Source: "/var/lib/docker/volumes/shop_data/_data" },
      { Type: "bind", Source: "/srv" },
      { Type: "tmpfs" },
    ],
  };

  test("reads what the list does not say", () => {
    assert.deepEqual(parseInspectedContainer(inspected), {
      tty: true,
      madeVolumes: [],
      facts: {
        id: "c1",
        name: "cilo-shop-blue-web-1",
        labels: { cilo: "true" },
        state: "exited",
        health: "unhealthy",
        addresses: {},
        networkIds: {},
        image: "busybox",
        imageId: "",
        exitCode: 3,
        startedAt: "",
        restartCount: 0,
        volumes: ["shop_data"],
      },
    });
  });

  const volume = (Name: string, Destination: string) => ({ Type: "volume", Name, Destination });
  const made: [what: string, changes: Record<string, unknown>, expected: string[]][] = [
    [
      "a mount without a source",
      { HostConfig: { Mounts: [{ Type: "volume", Target: "/a" }] }, Mounts: [volume("made", "/a")] },
      ["made"],
    ],
    [
      "a place that the image declares",
      { Config: { Volumes: { "/a": {} } }, Mounts: [volume("made", "/a")] },
      ["made"],
    ],
    [
      "an external volume, whatever its name",
      {
        HostConfig: { Mounts: [{ Type: "volume", Source: "theirs", Target: "/a" }] },
        Mounts: [volume("theirs", "/a")],
      },
      [],
    ],
    [
      "an external volume at a place that the image declares",
      { Config: { Volumes: { "/a": {} } }, HostConfig: { Binds: ["theirs:/a:ro"] }, Mounts: [volume("theirs", "/a")] },
      [],
    ],
    [
      "a volume of another container",
      { HostConfig: { VolumesFrom: ["other"] }, Config: { Volumes: { "/a": {} } }, Mounts: [volume("theirs", "/a")] },
      [],
    ],
  ];
  for (const [what, changes, expected] of made) {
    test(`${expected.length === 0 ? "does not take" : "takes"} ${what} for a volume made for the container`, () => {
      assert.deepEqual(parseInspectedContainer({ ...inspected, ...changes }).madeVolumes, expected);
    });
  }

  for (const Status of ["created", "running", "restarting"]) {
    test(`knows no exit code of a container that is ${Status}`, () => {
      const { facts } = parseInspectedContainer({ ...inspected, State: { Status, ExitCode: 0 } });

      assert.equal(facts.exitCode, null);
    });
  }
});

describe("parseEngine", () => {
  const info = {
    ID: "AAAA:BBBB",
    ServerVersion: "28.5.2",
    OperatingSystem: "Ubuntu 24.04",
    SecurityOptions: ["name=seccomp,profile=builtin"],
  };

  test("reads who answers", () => {
    assert.deepEqual(parseEngine(info, "unix:///d.sock"), {
      endpoint: "unix:///d.sock",
      id: "AAAA:BBBB",
      version: "28.5.2",
      operatingSystem: "Ubuntu 24.04",
      rootless: false,
    });
  });

  for (const option of ["name=rootless", "name=rootless,rootlesskit=2"]) {
    test(`sees in "${option}" that it runs rootless`, () => {
      assert.equal(
        parseEngine({ ...info, SecurityOptions: ["name=cgroupns", option] }, "unix:///d.sock").rootless,
        true,
      );
    });
  }
});

describe("networks, volumes and images", () => {
  test("a network has its IPv4 subnets only", () => {
    const network = {
      Id: "n1",
      Name: "net",
      Driver: "bridge",
      Labels: { cilo: "true" },
      IPAM: {
        Driver: "default",
        Config: [{ Subnet: "10.224.0.0/24", Gateway: "10.224.0.1" }, { Subnet: "fd00::/64" }, {}],
      },
    };
    const facts = { id: "n1", name: "net", labels: { cilo: "true" }, driver: "bridge", subnets: ["10.224.0.0/24"] };

    assert.deepEqual(parseNetworks([network]), [facts]);
    assert.deepEqual(parseNetwork(network), facts);
  });

  test("a network may have no address management at all", () => {
    const facts = { id: "n1", name: "host", labels: {}, driver: "host", subnets: [] };

    assert.deepEqual(parseNetworks([{ Id: "n1", Name: "host", Driver: "host", Labels: null, IPAM: null }]), [facts]);
    assert.deepEqual(parseNetworks([{ Id: "n1", Name: "host", Driver: "host", IPAM: { Config: null } }]), [facts]);
  });

  test("an engine without volumes may say null", () => {
    assert.deepEqual(parseVolumes({ Volumes: null, Warnings: null }), []);
  });

  test("a volume has its name and labels", () => {
    assert.deepEqual(parseVolumes({ Volumes: [{ Name: "v", Labels: null }] }), [{ name: "v", labels: {} }]);
    assert.deepEqual(parseVolume({ Name: "v", Labels: { a: "b" } }), { name: "v", labels: { a: "b" } });
  });

  test("an image that lost its tags has none", () => {
    const images = [
      { Id: "sha256:1", RepoTags: ["<none>:<none>"], Labels: null },
      { Id: "sha256:2", RepoTags: null },
      { Id: "sha256:3", RepoTags: ["a:1", "a:latest"], Labels: { cilo: "true" }, Size: 7 },
    ];

    assert.deepEqual(parseImages(images), [
      { id: "sha256:1", tags: [], labels: {}, sizeBytes: 0 },
      { id: "sha256:2", tags: [], labels: {}, sizeBytes: 0 },
      { id: "sha256:3", tags: ["a:1", "a:latest"], labels: { cilo: "true" }, sizeBytes: 7 },
    ]);
  });

  test("an image comes from the latest step of its history, and from nowhere without one", () => {
    const history = [
      { Id: "sha256:1", CreatedBy: "COPY . . # buildkit", Comment: "buildkit.dockerfile.v0" },
      { Id: "<missing>", CreatedBy: "", Comment: "Imported from -" },
    ];

    assert.deepEqual(parseImageOrigin(history), {
      createdBy: "COPY . . # buildkit",
      comment: "buildkit.dockerfile.v0",
    });
    assert.equal(parseImageOrigin([]), null);
    assert.equal(parseImageOrigin(null), null);
  });

  test("volumes whose size the engine does not know have none", () => {
    const Volumes = [
      { Name: "a", UsageData: { Size: 12, RefCount: 1 } },
      { Name: "b", UsageData: { Size: -1, RefCount: 1 } },
      { Name: "c" },
    ];

    assert.deepEqual(parseVolumeSizes({ Volumes }), { a: 12 });
    assert.deepEqual(parseVolumeSizes({ Volumes: null }), {});
  });
});

describe("replies that no engine gives", () => {
  const parsers: [name: string, parse: (reply: unknown) => unknown][] = [
    ["parseContainers", parseContainers],
    ["parseInspectedContainer", parseInspectedContainer],
    ["parseNetworks", parseNetworks],
    ["parseVolumes", parseVolumes],
    ["parseVolume", parseVolume],
    ["parseVolumeSizes", parseVolumeSizes],
    ["parseImages", parseImages],
    ["parseImageOrigin", parseImageOrigin],
    ["parseEngine", (reply) => parseEngine(reply, "unix:///d.sock")],
  ];
  for (const [name, parse] of parsers) {
    test(`${name} refuses them with what is wrong and lets nothing else out`, () => {
      fc.assert(
        fc.property(fc.anything(), (reply) => {
          try {
            parse(reply);
          } catch (error) {
            assert.ok(error instanceof CiloError, String(error));
            assert.equal(error.code, "CILO_ENGINE_REQUEST_FAILED");
          }
        }),
      );
      assert.throws(() => parse("a string"), { code: "CILO_ENGINE_REQUEST_FAILED" });
    });
  }

  test("the message says where", () => {
    assert.throws(() => parseContainers([listed, { ...listed, Names: "web" }]), /list of containers.*1\.Names/);
  });
});
