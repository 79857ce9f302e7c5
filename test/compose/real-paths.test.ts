import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { describeSharedPaths } from "../../src/compose/override/shared-paths.ts";
import { readRealPaths } from "../../src/compose/real-paths.ts";
import { contextOf, toPlain } from "./model-builder.ts";

/** A copy with links that stay inside and links that lead out of it, to the directory beside it. */
async function copyWithLinks(t: TestContext): Promise<{ root: string; outside: string }> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-links-")));
  t.after(() => rm(directory, { recursive: true }));
  const [root, outside] = [join(directory, "copy"), join(directory, "mine")];
  await mkdir(join(root, "app/data"), { recursive: true });
  await mkdir(join(outside, "sub"), { recursive: true });
  const links = [
    ["absolute", outside],
    ["app/relative", "../../mine/sub"],
    ["inner", "app/data"],
    ["to-nothing", "../mine/made-later"],
    ["around", "around"],
    ["engine", "/var/run/docker.sock"],
  ] as const;
  for (const [path, target] of links) await symlink(target, join(root, path));
  return { root, outside };
}

for (const { path, leadsTo, says } of [
  { path: "app/data", leadsTo: null, says: null },
  { path: "inner", leadsTo: null, says: null },
  { path: "inner/not-there/yet", leadsTo: null, says: null },
  { path: "around", leadsTo: null, says: null },
  { path: "absolute", leadsTo: "", says: "the link ROOT/absolute leads to OUT, which is outside the copy" },
  { path: "to-nothing", leadsTo: "made-later", says: "the link ROOT/to-nothing leads to OUT/made-later, which" },
  { path: "app/relative", leadsTo: "sub", says: "the link ROOT/app/relative leads to OUT/sub, which is outside" },
  {
    path: "absolute/new/dir",
    leadsTo: "new/dir",
    says: "ROOT/absolute/new/dir, which is below the link ROOT/absolute, leads to OUT/new/dir",
  },
]) {
  test(`a mount of ${path} is ${says === null ? "no" : "a"} reason to warn`, async (t) => {
    const { root, outside } = await copyWithLinks(t);
    const source = join(root, path);
    const model = { services: { web: { image: "web", volumes: [{ type: "bind", source, target: "/x" }] } } };
    const context = contextOf(model);

    const realPaths = await readRealPaths([source], root);
    const reading = { ...context.reading, workspaceRoot: root, realPaths };
    const { warnings = [] } = toPlain(describeSharedPaths({ ...context, reading })) as { warnings?: string[] };

    if (leadsTo !== null) assert.equal(realPaths.get(source), join(outside, leadsTo));
    const text = warnings.join("\n").replaceAll(root, "ROOT").replaceAll(outside, "OUT");
    if (says === null) assert.equal(text, "");
    else assert.ok(text.startsWith(`service web: ${says}`) && text.endsWith("so every copy shares it"), text);
  });
}

test("a link to the engine's socket, a build directory and a volume's device are looked through as well", async (t) => {
  const { root, outside } = await copyWithLinks(t);
  const context = contextOf({
    services: {
      web: {
        build: {
          context: join(root, "absolute"),
          additional_contexts: { a: join(root, "app/relative"), b: "docker-image://x" },
        },
        volumes: [{ type: "bind", source: join(root, "engine"), target: "/x", read_only: true }],
      },
      remote: { build: { context: "https://git.example/shop.git" } },
    },
    volumes: { data: { driver_opts: { type: "none", o: "bind", device: join(root, "absolute/sub") } } },
  });
  const paths = ["absolute", "app/relative", "engine", "absolute/sub"].map((path) => join(root, path));

  const reading = { ...context.reading, workspaceRoot: root, realPaths: await readRealPaths(paths, root) };
  const { warnings = [] } = toPlain(describeSharedPaths({ ...context, reading })) as { warnings?: string[] };

  const built = "which is outside the copy and its image is built from there, so every copy builds the same files";
  assert.deepEqual(
    warnings.map((warning) => warning.replaceAll(root, "ROOT").replaceAll(outside, "OUT")),
    [
      "service web: ROOT/engine is mounted, so it sees and can change the containers of every copy",
      `service web: the link ROOT/absolute leads to OUT, ${built}`,
      `service web: the link ROOT/app/relative leads to OUT/sub, ${built}`,
      "volume data: driver_opts.device ROOT/absolute/sub, which is below the link ROOT/absolute, leads to OUT/sub, which is outside the copy, so every copy shares it",
    ],
  );
});

test("a copy that is itself reached through a link is no reason to warn", async (t) => {
  const { root, outside } = await copyWithLinks(t);
  const link = join(outside, "link-to-copy");
  await symlink(root, link);
  const context = contextOf({
    services: { web: { image: "web", volumes: [{ type: "bind", source: join(root, "app"), target: "/x" }] } },
  });

  const realPaths = await readRealPaths([join(root, "app")], link);
  const { warnings } = toPlain(
    describeSharedPaths({ ...context, reading: { ...context.reading, workspaceRoot: link, realPaths } }),
  );

  assert.equal(warnings, undefined);
});

test("what cannot be looked at in such a copy is none either", async (t) => {
  const { root, outside } = await copyWithLinks(t);
  const link = join(outside, "link-to-copy");
  await symlink(root, link);
  const paths = ["around/below", "around", `app/${"x".repeat(300)}/y`].map((path) => join(link, path));

  const realPaths = await readRealPaths(paths, link);

  assert.deepEqual(
    paths.map((path) => realPaths.get(path)),
    paths.map((path) => path.replace(link, root)),
  );
});
