import assert from "node:assert/strict";
import { test } from "node:test";
import { maxSocketPathBytes, resolvePaths } from "../../src/base/paths.ts";

test("everything is below CILO_HOME, the socket too where its path is short enough", () => {
  const paths = resolvePaths({ CILO_HOME: "/srv/cilo" });

  assert.equal(paths.stateFile, "/srv/cilo/state.json");
  assert.equal(paths.socket, "/srv/cilo/run/cilo.sock");
});

test("a socket path that would be too long moves to the runtime directory, or to the temp directory", () => {
  const home = `/${"long/".repeat(30)}`;

  const inRuntime = resolvePaths({ CILO_HOME: home, XDG_RUNTIME_DIR: "/run/user/1000" }).socket;
  const inTemp = resolvePaths({ CILO_HOME: home }).socket;

  assert.match(inRuntime, /^\/run\/user\/1000\/cilo-[0-9a-f]{12}\.sock$/);
  assert.match(inTemp, /\/cilo-\d+-[0-9a-f]{12}\/cilo\.sock$/);
  assert.ok(Buffer.byteLength(inTemp) <= maxSocketPathBytes);
});

test("two homes with long paths have two sockets", () => {
  const sockets = ["a", "b"].map((name) => resolvePaths({ CILO_HOME: `/${name.repeat(120)}` }).socket);

  assert.notEqual(sockets[0], sockets[1]);
});
