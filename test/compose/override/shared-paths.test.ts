import assert from "node:assert/strict";
import { test } from "node:test";
import { describeSharedPaths } from "../../../src/compose/override/shared-paths.ts";
import { contextOf, toPlain } from "../model-builder.ts";

const cases: { mount: unknown; warning?: RegExp }[] = [
  { mount: { type: "bind", source: "/copy/data", target: "/data" } },
  { mount: { type: "bind", source: "/copy", target: "/src" } },
  { mount: { type: "bind", source: "/copy/..data", target: "/data" } },
  {
    mount: { type: "bind", source: "/copy-2/data", target: "/data" },
    warning: /^service web: \/copy-2\/data is outside/,
  },
  { mount: { type: "bind", source: "/etc/shop", target: "/etc/shop" }, warning: /\/etc\/shop is outside the copy/ },
  { mount: { type: "bind", source: "/etc/shop", target: "/etc/shop", read_only: true } },
  { mount: "/etc/shop:/etc/shop", warning: /\/etc\/shop is outside the copy/ },
  { mount: "/etc/shop:/etc/shop:ro,z" },
  { mount: "data:/data" },
  {
    mount: { type: "bind", source: "/run/docker.sock", target: "/x", read_only: true },
    warning: /can change the containers of every copy/,
  },
  { mount: { type: "tmpfs", target: "/tmp" } },
];

for (const { mount, warning } of cases) {
  test(`${JSON.stringify(mount)} is ${warning === undefined ? "no" : "a"} reason to warn`, () => {
    const { warnings = [] } = toPlain(
      describeSharedPaths(contextOf({ services: { web: { image: "web", volumes: [mount] } } })),
    ) as { warnings?: string[] };

    assert.equal(warnings.length, warning === undefined ? 0 : 1);
    if (warning !== undefined) assert.match(warnings[0] ?? "", warning);
  });
}

test("warns of a volume that stands for a directory or machine outside the copy", () => {
  const context = contextOf({
    volumes: {
      inside: { name: "a", driver_opts: { type: "none", o: "bind", device: "/copy/data" } },
      local: { name: "b", driver_opts: { type: "none", o: "bind", device: "/srv/data" } },
      remote: { name: "c", driver_opts: { type: "nfs", o: "addr=files.example", device: ":/export" } },
      memory: { name: "d", driver_opts: { type: "tmpfs", device: "tmpfs" } },
    },
  });

  const { warnings } = toPlain(describeSharedPaths(context));

  assert.deepEqual(warnings, [
    "volume local: driver_opts.device /srv/data is outside the copy, so every copy shares it",
    "volume remote: driver_opts.device :/export is outside the copy, so every copy shares it",
  ]);
});

const surroundings = {
  home: "/home/ada/.cilo",
  standIns: "/home/ada/.cilo/generated/shop/blue/beside",
  sourceRoot: "/src/shop",
};
const workspaceRoot = "/home/ada/.cilo/envs/shop/blue";

const beside: [string, RegExp][] = [
  ["/home/ada/.cilo/envs/shop/data", /the copy has an empty directory of its own in its place/],
  ["/home/ada/.cilo/envs/shop", /the copy has a directory of its own in its place, with its files in shop/],
];
for (const [source, told] of beside) {
  test(`a mount of ${source}, beside the copy, is told to be another, read-only or not`, () => {
    for (const readOnly of [true, false]) {
      const mount = { type: "bind", source, target: "/data", read_only: readOnly };
      const context = contextOf({ services: { web: { image: "web", volumes: [mount] } } });
      const reading = { ...context.reading, workspaceRoot, surroundings };

      const { findings = [] } = describeSharedPaths({ ...context, reading });

      assert.deepEqual(
        findings.map(({ rule, action, shared }) => ({ rule, action, shared })),
        [{ rule: "missing-bind", action: "rewritten", shared: false }],
      );
      assert.match(findings[0]?.statement ?? "", told);
    }
  });
}

test("an image that is built from beside the copy cannot be built, and is told so", () => {
  const context = contextOf({ services: { web: { build: { context: "/home/ada/.cilo/envs/shop/api" } } } });
  const reading = { ...context.reading, workspaceRoot, surroundings };

  const { findings = [] } = describeSharedPaths({ ...context, reading });

  assert.deepEqual(
    findings.map(({ rule, shared }) => ({ rule, shared })),
    [{ rule: "missing-build", shared: false }],
  );
});

for (const directory of ["/var/run", "/run", "/"]) {
  test(`a mount of ${directory}, which has the engine's socket, is told as that, also where it is read-only`, () => {
    const mount = { type: "bind", source: directory, target: "/host", read_only: true };
    const context = contextOf({ services: { web: { image: "web", volumes: [mount] } } });

    const { findings = [] } = describeSharedPaths(context);

    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ["docker-socket"],
    );
  });
}
