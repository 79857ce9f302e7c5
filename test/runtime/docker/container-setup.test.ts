import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseContainerSetup, parseImageId } from "../../../src/runtime/docker/container-setup.ts";

const smallest = { Id: "c1", Name: "/web", State: {}, Config: {}, HostConfig: {}, NetworkSettings: {} };

describe("parseContainerSetup", () => {
  test("takes what can be had in common with another container", () => {
    const reply = {
      Id: "c1",
      Name: "/shop-web-1",
      Image: "sha256:abc",
      State: { Status: "running", Pid: 4711, StartedAt: "2026-11-20T10:00:00.123456789Z" },
      Config: { Image: "nginx", Labels: { cilo: "true" }, ExposedPorts: { "8080/tcp": {}, "53/udp": {}, "80": {} } },
      HostConfig: {
        NetworkMode: "shop_default",
        PidMode: "host",
        IpcMode: "private",
        Privileged: true,
        PortBindings: {
          "80/tcp": [{ HostIp: "", HostPort: "8080" }],
          "81/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }],
        },
      },
      Mounts: [
        { Type: "volume", Name: "data", Source: "/var/lib/docker/volumes/data/_data", Destination: "/data", RW: true },
        { Type: "bind", Source: "/srv/site", Destination: "/site", RW: false },
        { Type: "tmpfs", Source: "", Destination: "/tmp", RW: true },
      ],
      NetworkSettings: {
        Ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }], "443/tcp": null },
        Networks: {
          shop_default: { NetworkID: "n1", IPAddress: "10.224.0.10", GlobalIPv6Address: "fd00::a" },
          gone: null,
        },
      },
    };

    assert.deepEqual(parseContainerSetup(reply), {
      id: "c1",
      name: "shop-web-1",
      labels: { cilo: "true" },
      state: "running",
      exitCode: null,
      image: "nginx",
      imageId: "sha256:abc",
      startedAt: "2026-11-20T10:00:00.123456789Z",
      pid: 4711,
      networkMode: "shop_default",
      pidMode: "host",
      ipcMode: "private",
      privileged: true,
      endpoints: [{ network: "shop_default", networkId: "n1", addresses: ["10.224.0.10", "fd00::a"] }],
      publishedPorts: ["0.0.0.0:8080->80/tcp", "127.0.0.1:*->81/tcp"],
      mounts: [
        { kind: "volume", source: "data", target: "/data", readOnly: false },
        { kind: "bind", source: "/srv/site", target: "/site", readOnly: true },
        { kind: "other", source: "", target: "/tmp", readOnly: false },
      ],
      exposedPorts: [80, 8080],
    });
  });

  test("does without what engines leave out or null", () => {
    const empty = { ...smallest, Mounts: null, NetworkSettings: { Ports: null, Networks: null } };

    const setup = parseContainerSetup(empty);

    assert.deepEqual(
      [setup.pid, setup.state, setup.endpoints, setup.mounts, setup.publishedPorts],
      [null, "exited", [], [], []],
    );
  });

  test("a container that never ran was started at no time", () => {
    const setup = parseContainerSetup({ ...smallest, State: { Status: "created", StartedAt: "0001-01-01T00:00:00Z" } });

    assert.deepEqual([setup.state, setup.startedAt], ["created", null]);
  });

  for (const [state, exitCode] of [
    ["exited", 137],
    ["running", null],
    ["restarting", null],
  ] as const) {
    test(`the exit code of one that is ${state}: ${exitCode}`, () => {
      const State = { Status: state, StartedAt: "2026-11-20T10:00:00Z", ExitCode: 137 };

      assert.equal(parseContainerSetup({ ...smallest, State }).exitCode, exitCode);
    });
  }

  test("refuses what is no container", () => {
    assert.throws(() => parseContainerSetup({ message: "x" }), { code: "CILO_ENGINE_REQUEST_FAILED" });
  });
});

describe("parseImageId", () => {
  test("takes the id", () => {
    assert.equal(parseImageId({ Id: "sha256:abc", RepoTags: [] }), "sha256:abc");
  });
});
