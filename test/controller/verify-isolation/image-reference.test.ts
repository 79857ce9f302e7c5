import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isImageReference } from "../../../src/controller/verify-isolation/image-reference.ts";

describe("isImageReference", () => {
  const id = "0123456789abcdef".repeat(4);
  for (const text of [
    "busybox",
    "busybox:1.36",
    "my__own/tool--box_1.x",
    "localhost:5000/acme/tools:Latest",
    "GHCR.io/acme/tools",
    "localhost/tools",
    "[::1]:5000/tools",
    `busybox@sha256:${id}`,
    `busybox:1@sha256:${id}`,
    `sha256:${id}`,
    id,
    id.slice(0, 12),
  ]) {
    test(`takes ${JSON.stringify(text)}`, () => assert.equal(isImageReference(text), true));
  }

  for (const text of [
    "",
    " ",
    "-f",
    "--all",
    "a b",
    "../../x",
    "./x",
    "/x",
    "x/",
    "a//b",
    "a..b",
    "Busybox",
    "Acme/tools",
    "busybox:",
    "busybox:-1",
    "busybox@sha256:1",
    "busybox\n",
    "busybox?x=1",
    "a".repeat(256),
    "a-".repeat(250),
  ]) {
    test(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => assert.equal(isImageReference(text), false));
  }
});
