import assert from "node:assert/strict";
import { test } from "node:test";
import { imagesOfDockerfile } from "../../src/compose/dockerfile-images.ts";

const cases: { name: string; text: string; args?: Record<string, string>; images: string[] }[] = [
  { name: "nothing", text: "", images: [] },
  { name: "an image", text: "FROM app-base:dev\nRUN true\n", images: ["app-base:dev"] },
  {
    name: "stages are no images",
    text: "from --platform=$BUILDPLATFORM node:24 as Build\nFROM build\nFROM scratch\nCOPY --from=build /a /b\nCOPY --from=0 /a /b\n",
    images: ["node:24"],
  },
  {
    name: "copies and mounts",
    text: "FROM scratch\nCOPY --chown=1 --from=tools:1 /a /b\nRUN --mount=type=bind,from=cache:2,target=/x true\n",
    images: ["tools:1", "cache:2"],
  },
  { name: "a stage that comes later is an image still", text: "FROM late\nFROM x AS late\n", images: ["late", "x"] },
  {
    name: "defaults of variables",
    text: 'ARG TAG=1 NAME="app"\nFROM $NAME:${TAG}\nFROM ${OTHER:-base}:2\n',
    images: ["app:1", "base:2"],
  },
  { name: "arguments go before defaults", text: "ARG BASE=a\nFROM ${BASE}\n", args: { BASE: "b" }, images: ["b"] },
  { name: "arguments that are not declared do not count", text: "FROM ${BASE}\n", args: { BASE: "b" }, images: [] },
  {
    name: "lines that go on, and comments",
    text: "# FROM no\nFROM \\\n  # in between\n  app:1 \\\n  AS x\r\nFROM x\r\n",
    images: ["app:1"],
  },
];

for (const { name, text, args = {}, images } of cases) {
  test(`reads ${name}`, () => {
    const found = imagesOfDockerfile(text, new Map(Object.entries(args)));

    assert.deepEqual(found, images);
  });
}
