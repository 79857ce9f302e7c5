import assert from "node:assert/strict";
import { test } from "node:test";
import { ownVolumes, separateVolumes } from "../../../src/compose/override/volumes.ts";
import { composeProject, contextOf, type ModelText, readingOf, toPlain } from "../model-builder.ts";

const labels = {
  cilo: "true",
  "cilo.installation": "99999999-2222-4333-8444-555555555555",
  "cilo.id": "11111111-2222-4333-8444-555555555555",
  "cilo.project": "shop",
  "cilo.environment": "login",
};

function mount(source: string, readOnly = false) {
  return { type: "volume", source, target: `/${source}`, ...(readOnly ? { read_only: true } : {}) };
}

const cases: { behaviour: string; model: ModelText; written: unknown; warnings?: string[] }[] = [
  {
    behaviour: "a volume named after the project is labelled, no more",
    model: {
      services: { db: { image: "db", volumes: [mount("data")] } },
      volumes: { data: { name: "cilo-shop-login_data" } },
    },
    written: { data: { labels } },
  },
  {
    behaviour: "a volume with a fixed name gets the environment's own",
    model: { services: { db: { image: "db", volumes: [mount("data")] } }, volumes: { data: { name: "pgdata" } } },
    written: { data: { name: "cilo-shop-login_data", labels } },
    warnings: ["volume data: its fixed name pgdata becomes cilo-shop-login_data, which starts empty"],
  },
  {
    behaviour: "an external volume that is written to is replaced by one of the environment's own",
    model: {
      services: { db: { image: "db", volumes: [mount("data")] } },
      volumes: { data: { name: "pgdata", external: true } },
    },
    written: { data: { "!override": { name: "cilo-shop-login_data", labels } } },
    warnings: [
      "volume data: external volume pgdata is replaced by the environment's own cilo-shop-login_data, which starts empty; set keep_volumes: [data] in .cilo/config.yml to use the one there is in every copy",
    ],
  },
  {
    behaviour: "an external volume named after the project is replaced all the same",
    model: {
      services: { db: { image: "db", volumes: [mount("data")] } },
      volumes: { data: { name: "cilo-shop-login_x", external: true } },
    },
    written: { data: { "!override": { name: "cilo-shop-login_data", labels } } },
    warnings: [
      "volume data: external volume cilo-shop-login_x is replaced by the environment's own cilo-shop-login_data, which starts empty; set keep_volumes: [data] in .cilo/config.yml to use the one there is in every copy",
    ],
  },
  {
    behaviour: "an external volume that is only read stays as it is",
    model: {
      services: {
        ai: { image: "ai", volumes: [mount("models", true)] },
        other: { image: "x", volumes: ["models:/m:ro"] },
      },
      volumes: { models: { name: "models", external: true } },
    },
    written: undefined,
  },
];

for (const { behaviour, model, written, warnings } of cases) {
  test(behaviour, () => {
    const contribution = toPlain(separateVolumes(contextOf(model)));

    assert.deepEqual(contribution.volumes, written);
    assert.deepEqual(contribution.warnings, warnings);
  });
}

test("with keep_volumes an external volume that is written to stays, which is told; others do not", () => {
  const model = {
    services: { db: { image: "db", volumes: [mount("data"), mount("logs")] } },
    volumes: { data: { name: "pgdata", external: true }, logs: { name: "logs", external: true } },
  };

  const { volumes, warnings } = toPlain(separateVolumes(contextOf(model, { copyOptions: { keepVolumes: ["data"] } })));

  assert.deepEqual(volumes, { logs: { "!override": { name: "cilo-shop-login_logs", labels } } });
  assert.match(
    String(warnings),
    /^volume data: external volume pgdata is kept, as keep_volumes says, so every copy writes to it,volume logs: .*replaced/,
  );
});

test("keep_volumes is for external volumes: a fixed name is the environment's own all the same", () => {
  const model = { services: { db: { image: "db", volumes: [mount("data")] } }, volumes: { data: { name: "pgdata" } } };

  const { volumes } = toPlain(separateVolumes(contextOf(model, { copyOptions: { keepVolumes: ["data"] } })));

  assert.deepEqual(volumes, { data: { name: "cilo-shop-login_data", labels } });
});

test("keys that mean one volume keep meaning one, also when one of them only reads", () => {
  const reading = readingOf({
    services: { a: { image: "a", volumes: [mount("writer"), mount("reader", true)] } },
    volumes: { reader: { name: "shared", external: true }, writer: { name: "shared", external: true } },
  });

  const names = ownVolumes(reading, "cilo-shop-login");

  assert.deepEqual(Object.fromEntries(names), { reader: "cilo-shop-login_reader", writer: "cilo-shop-login_reader" });
});

test("a new name is never that of another volume of the project", () => {
  const reading = readingOf({
    services: { a: { image: "a", volumes: [mount("data"), mount("other")] } },
    volumes: { data: { name: "fixed" }, other: { name: "cilo-shop-login_data" } },
  });

  const names = ownVolumes(reading, "cilo-shop-login");

  assert.deepEqual(Object.fromEntries(names), { data: "cilo-shop-login_data-2", other: "cilo-shop-login_data" });
});

test("an external volume and one of the project's that are the same stay the same", () => {
  const own = `${composeProject}_x`;
  const model = {
    services: { web: { image: "web", volumes: [mount("ext"), mount("own")] } },
    volumes: { ext: { external: true, name: own }, own: { name: own } },
  };

  assert.deepEqual(Object.fromEntries(ownVolumes(readingOf(model), composeProject)), { ext: own, own });
});
