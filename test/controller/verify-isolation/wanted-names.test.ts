import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { wantedNames } from "../../../src/controller/verify-isolation/wanted-names.ts";
import { makeService } from "../../support/environment.ts";
import { makeMember, makeSubject } from "./make-subject.ts";

function subject(name: string, services: Record<string, { hostnames?: string[] }>) {
  const members = Object.keys(services).map((service, index) =>
    makeMember(`cilo-shop-${name}-${service}-1`, `${name}_default`, `10.224.0.${index + 10}`, {
      id: `${index}123456789abcdef`,
      labels: { "cilo.service": service },
    }),
  );
  const records = Object.entries(services).map(([service, changes]) => [service, makeService(changes)]);
  return makeSubject(name, members, { environment: { services: Object.fromEntries(records) } });
}

describe("wantedNames", () => {
  test("has what the engine's DNS knows of an environment and every exact name of the zone, its own services last", () => {
    const green = subject("green", { web: { hostnames: ["admin", "*.wild", "shop.example"] }, extra: {} });
    const blue = subject("blue", { web: {} });

    const names = wantedNames(green, blue);

    const byKind = (kind: string) => names.filter((name) => name.kind === kind).map(({ text }) => text);
    assert.deepEqual(byKind("engine"), [
      "cilo-shop-green-extra-1",
      "cilo-shop-green-web-1",
      "extra",
      "extra.green_default",
      "web.green_default",
      "1123456789ab",
      "0123456789ab",
      "web",
    ]);
    assert.deepEqual(byKind("zone").sort(), [
      "admin.green.test",
      "extra.green.test",
      "extra.shop.green.test",
      "shop.example",
      "shop.green.test",
      "web.green.test",
      "web.shop.green.test",
    ]);
  });

  test("begins with some of either kind, so that a limit leaves both", () => {
    const names = wantedNames(subject("green", { web: {} }), subject("blue", { web: {} }));

    assert.deepEqual(
      names.slice(0, 4).map(({ kind }) => kind),
      ["engine", "zone", "engine", "zone"],
    );
  });

  test("leaves out what is more than a name, since it becomes an argument of a program", () => {
    const green = subject("green", { "-x": {}, "a b": {} });

    const texts = wantedNames(green, subject("blue", {})).map(({ text }) => text);

    assert.deepEqual(
      texts.filter((text) => /^-|\s/.test(text)),
      [],
    );
  });
});
