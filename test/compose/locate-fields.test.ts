import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { locateFields, type WantedField } from "../../src/compose/locate-fields.ts";

let root = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "cilo-locate-"));
});

after(() => rm(root, { recursive: true, force: true }));

/** Files of a project, `compose.yaml` first unless `merge` says otherwise; places are given as "file:line:column". */
interface Case {
  name: string;
  files: Record<string, string>;
  merge?: string[];
  /** Path with dots, and after a `#` the item. */
  wanted: Record<string, string | null>;
}

const cases: Case[] = [
  {
    name: "a field is where its key is",
    files: { "compose.yaml": "services:\n  web:\n    image: web\n    network_mode: host\nvolumes:\n  data: {}\n" },
    wanted: {
      "services.web.network_mode": "compose.yaml:4:5",
      "services.web": "compose.yaml:2:3",
      "volumes.data": "compose.yaml:6:3",
      services: "compose.yaml:1:1",
    },
  },
  {
    name: "what is not said is where its parent is, but a section says nothing of a member it does not have",
    files: { "compose.yaml": "services:\n  web:\n    networks:\n      front: {}\n" },
    wanted: {
      "services.web.networks.front.ipv4_address": "compose.yaml:4:7",
      "services.web.build.args": "compose.yaml:2:3",
      "services.db": null,
      "networks.default": null,
      volumes: null,
      "": null,
    },
  },
  {
    name: "the last file that says it wins",
    files: {
      "compose.yaml": "services:\n  web:\n    image: a\n    pid: host\n",
      "compose.override.yaml": "services:\n  web:\n\n    pid: host\n",
    },
    merge: ["compose.yaml", "compose.override.yaml"],
    wanted: { "services.web.pid": "compose.override.yaml:4:5", "services.web.image": "compose.yaml:3:5" },
  },
  {
    name: "an element of a list is found by its target, source or key, in short and long form",
    files: {
      "compose.yaml": `services:
  web:
    ports:
      - "8080:80"
      - 127.0.0.1:9000:8443/tcp
      - target: 53
        published: "5353"
    volumes:
      - /srv/data:/data-2
      - /var/run/docker.sock:/var/run/docker.sock
      - \${DIR:-/srv}:/data:ro
      - type: bind
        source: ./conf
        target: /conf
    labels:
      - a.b.c=1
      - a.b=2
    environment:
      B: "1"
      A:
`,
    },
    wanted: {
      "services.web.ports#80": "compose.yaml:4:9",
      "services.web.ports#8443": "compose.yaml:5:9",
      "services.web.ports#53": "compose.yaml:6:9",
      "services.web.volumes#/data": "compose.yaml:11:9",
      "services.web.volumes#/var/run/docker.sock": "compose.yaml:10:9",
      "services.web.volumes#/conf": "compose.yaml:12:9",
      "services.web.volumes#/nowhere": "compose.yaml:8:5",
      "services.web.labels#a.b": "compose.yaml:17:9",
      "services.web.labels.a.b": "compose.yaml:15:5",
      "services.web.environment#A": "compose.yaml:20:7",
      "services.web.environment.B": "compose.yaml:19:7",
    },
  },
  {
    name: "an element is looked for in every file that has the list, the best match first",
    files: {
      "a.yaml": 'services:\n  web:\n    ports:\n      - "80"\n',
      "b.yaml": 'services:\n  web:\n    ports:\n      - "8080"\n',
    },
    merge: ["a.yaml", "b.yaml"],
    wanted: {
      "services.web.ports#80": "a.yaml:4:9",
      "services.web.ports#8080": "b.yaml:4:9",
      "services.web.ports#22": "b.yaml:3:5",
    },
  },
  {
    name: "a text inside a longer one is found, but a word of its own goes before it",
    files: {
      "compose.yaml": "services:\n  web:\n    command:\n      - --all=localhost:30001\n      - --a=localhost:3000\n",
    },
    wanted: {
      "services.web.command#localhost:3000": "compose.yaml:5:9",
      "services.web.command#host:3": "compose.yaml:4:9",
    },
  },
  {
    name: "a network in list form is a member of its map",
    files: { "compose.yaml": "services:\n  web:\n    networks:\n      - back\n      - front\n" },
    wanted: {
      "services.web.networks.front": "compose.yaml:5:9",
      "services.web.networks.front.aliases": "compose.yaml:5:9",
    },
  },
  {
    name: "a field that a merge key brings is where the anchor says it, unless the service says it itself",
    files: {
      "compose.yaml": `x-a: &a
  pid: host
  ipc: host
x-b: &b
  ipc: shareable
  uts: host
services:
  web:
    <<: [*b, *a]
    pid: host
  api:
    <<: *a
    environment: &env
      KEY: "1"
  job:
    environment: *env
    ports: [*port]
x-port: &port "80"
`,
    },
    wanted: {
      "services.web.pid": "compose.yaml:10:5",
      "services.web.ipc": "compose.yaml:5:3",
      "services.web.uts": "compose.yaml:6:3",
      "services.api.ipc": "compose.yaml:3:3",
      "services.job.environment": "compose.yaml:16:5",
      "services.job.environment#KEY": "compose.yaml:14:7",
      "services.job.ports#80": "compose.yaml:17:5",
    },
  },
  {
    name: "an anchor set twice is the one before the alias",
    files: { "compose.yaml": "x-1: &a {pid: host}\nservices:\n  web: *a\nx-2: &a {pid: host}\n" },
    wanted: { "services.web.pid": "compose.yaml:1:10" },
  },
  {
    name: "what merges or holds itself is looked into once",
    files: { "compose.yaml": "services: &s\n  web: &w\n    <<: [*w, *s]\n    x: [*w]\n  api: *s\n" },
    wanted: { "services.web.pid": "compose.yaml:2:3", "services.api.web.pid": "compose.yaml:2:3" },
  },
  {
    name: "tags do not matter, except that a replaced field is not looked for in what it replaces",
    files: {
      "a.yaml": "services:\n  web:\n    ports:\n      - 80:80\n    volumes: !mine [data:/data]\n  db:\n    pid: host\n",
      "b.yaml":
        "services:\n  web:\n    ports: !override\n      - ${P}:80\n      - 90:90\n    volumes: !reset []\n  db: !override\n    image: db\n",
    },
    merge: ["a.yaml", "b.yaml"],
    wanted: {
      "services.web.ports#80:80": "b.yaml:3:5",
      "services.web.volumes#/data": "b.yaml:6:5",
      "services.db.pid": "b.yaml:7:3",
    },
  },
  {
    name: "a later document of a file wins over an earlier one",
    files: {
      "compose.yaml": "services:\n  web:\n    pid: host\n    ipc: host\n---\nservices:\n  web:\n    pid: host\n",
    },
    wanted: { "services.web.pid": "compose.yaml:8:5", "services.web.ipc": "compose.yaml:4:5" },
  },
  {
    name: "included files are read from the directory of the one that includes them, each in its own",
    files: {
      "compose.yaml": `include:
  - more/compose.yaml
  - path: [other/a.yaml, other/b.yaml]
    project_directory: base
  - path: long.yaml
  - \${DIR}/never.yaml
  - https://example.org/compose.yaml
services:
  web:
    pid: host
`,
      "more/compose.yaml": "include: [deep/compose.yaml]\nservices:\n  web:\n    pid: host\n    ipc: host\n",
      "more/deep/compose.yaml": "services:\n  deep:\n    pid: host\n",
      "other/a.yaml": "services:\n  web: {uts: host}\n  api: {uts: host}\ninclude:\n  - inner.yaml\n",
      "other/b.yaml": "services:\n  api:\n    uts: host\n",
      "base/inner.yaml": "services:\n  inner:\n    pid: host\n",
      "long.yaml": "volumes:\n  long: {}\n",
    },
    wanted: {
      "services.web.pid": "compose.yaml:10:5",
      "services.web.ipc": "more/compose.yaml:5:5",
      "services.web.uts": "other/a.yaml:2:9",
      "services.api.uts": "other/b.yaml:3:5",
      "services.deep.pid": "more/deep/compose.yaml:3:5",
      "services.inner.pid": "base/inner.yaml:3:5",
      "volumes.long": "long.yaml:2:3",
    },
  },
  {
    name: "an include of a later file wins over an earlier file",
    files: {
      "a.yaml": "services:\n  web:\n    pid: host\n",
      "b.yaml": "include:\n  - c.yaml\n",
      "c.yaml": "services:\n  web: {pid: host}\n",
    },
    merge: ["a.yaml", "b.yaml"],
    wanted: { "services.web.pid": "c.yaml:2:9" },
  },
  {
    name: "files that include each other are read once",
    files: {
      "compose.yaml": "include: [a.yaml, ./a.yaml]\nservices:\n  web: {}\n",
      "a.yaml": "include: [compose.yaml]\nservices:\n  a: {pid: host}\n",
    },
    wanted: { "services.a.pid": "a.yaml:3:7", "services.web.pid": "compose.yaml:3:3" },
  },
  {
    name: "an extended service says what the one that extends it does not",
    files: {
      "compose.yaml": `services:
  web:
    extends: base
    image: web
  base:
    extends:
      file: common/base.yaml
      service: root
    ipc: host
    image: base
`,
      "common/base.yaml":
        "services:\n  root:\n    extends: {file: root.yaml, service: root}\n    pid: host\n    ipc: host\n",
      "common/root.yaml": "services:\n  root:\n    uts: host\n    extends: {service: root}\n",
    },
    wanted: {
      "services.web.image": "compose.yaml:4:5",
      "services.web.ipc": "compose.yaml:9:5",
      "services.web.pid": "common/base.yaml:4:5",
      "services.web.uts": "common/root.yaml:3:5",
      "services.web.cgroup": "compose.yaml:2:3",
    },
  },
  {
    name: "services that extend each other, or what is not there, end nowhere",
    files: {
      "compose.yaml": `services:
  a: {extends: b}
  b: {extends: {service: a}}
  c: {extends: {file: gone.yaml, service: c}}
  d: {extends: {file: "\${F}.yaml", service: a}}
  e: {extends: {service: nobody}}
  f: {extends: [1]}
`,
    },
    wanted: {
      "services.a.pid": "compose.yaml:2:3",
      "services.c.pid": "compose.yaml:4:3",
      "services.d.pid": "compose.yaml:5:3",
      "services.e.pid": "compose.yaml:6:3",
      "services.f.pid": "compose.yaml:7:3",
    },
  },
  {
    name: "a variable or label that is in no Compose file is where the file that has it is named",
    files: {
      "compose.yaml": `services:
  web:
    environment: {A: "1"}
    env_file: .env.web
  api:
    environment: {A: "1"}
  job:
    label_file: labels
`,
    },
    wanted: {
      "services.web.environment#A": "compose.yaml:3:19",
      "services.web.environment#B": "compose.yaml:4:5",
      "services.web.environment.B": "compose.yaml:4:5",
      "services.api.environment#B": "compose.yaml:6:5",
      "services.job.labels#traefik.enable": "compose.yaml:8:5",
    },
  },
  {
    name: "files that are gone, empty or no YAML give no location and keep none from being found",
    files: {
      "compose.yaml": "services:\n  web:\n    pid: host\n",
      "broken.yaml": "services: [\n  {:::\n\t- }",
      "binary.yaml": "\0\u0001\u0002",
      "deep.yaml": "[".repeat(5_000),
      "list.yaml": "- services\n- web\n",
      "empty.yaml": "",
    },
    merge: ["compose.yaml", "broken.yaml", "binary.yaml", "deep.yaml", "list.yaml", "empty.yaml", "gone.yaml"],
    wanted: { "services.web.pid": "compose.yaml:3:5" },
  },
  {
    name: "keys that objects have of themselves are looked for like any other",
    files: { "compose.yaml": "services:\n  constructor:\n    pid: host\n  8080:\n    ipc: host\n" },
    wanted: {
      "services.constructor.pid": "compose.yaml:3:5",
      "services.8080.ipc": "compose.yaml:5:5",
      "services.toString": null,
    },
  },
];

for (const { name, files, merge = ["compose.yaml"], wanted } of cases) {
  test(name, async () => {
    const directory = await mkdtemp(join(root, "project-"));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }

    const found = await locateFields(
      merge.map((file) => join(directory, file)),
      Object.keys(wanted).map(toWanted),
    );

    const places = found.map((place) =>
      place === null ? null : `${relative(directory, place.file)}:${place.line}:${place.column}`,
    );
    assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key, index) => [key, places[index]])), wanted);
  });
}

test("a path that is no file is passed over", async () => {
  const found = await locateFields([root], [{ path: ["services", "web"] }]);

  assert.deepEqual(found, [null]);
});

test("aliases of aliases by the billion cost nothing", async () => {
  const levels = Array.from(
    { length: 60 },
    (_, level) => `x-${level + 1}: &x${level + 1} {<<: [*x${level}, *x${level}]}`,
  );
  const file = join(await mkdtemp(join(root, "project-")), "compose.yaml");
  await writeFile(file, `x-0: &x0 {pid: host}\n${levels.join("\n")}\nservices:\n  web: *x60\n`);

  const found = await locateFields(
    [file],
    [{ path: ["services", "web", "ipc"] }, { path: ["services", "web", "pid"] }],
  );

  assert.deepEqual(found, [
    { file, line: 63, column: 3 },
    { file, line: 1, column: 11 },
  ]);
});

test("whatever a file holds, what is found is a place in it", async () => {
  const directory = await mkdtemp(join(root, "project-"));
  const file = join(directory, "compose.yaml");
  const words =
    "services web ports include extends file compose.yaml <<: *a &a !reset !override : - [ ] { } , \" ' | ? # --- 80 $";
  const part = fc.constantFrom(
    ...words.split(" "),
    ...["\n", "\n  ", "\n    ", "services:\n  web:\n    ports: ", "\t", "\0"],
  );
  const wanted = [{ path: ["services", "web", "ports"], item: "80" }, { path: ["services", "web"] }, { path: ["web"] }];

  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(part, fc.string({ maxLength: 4 })), { maxLength: 40 }), async (parts) => {
      const text = parts.join(" ");
      await writeFile(file, text);

      const found = await locateFields([file], wanted);

      const lines = text.split("\n");
      assert.equal(found.length, wanted.length);
      for (const place of found) {
        if (place === null) continue;
        assert.equal(place.file, file);
        assert.ok(place.column >= 1 && place.column <= (lines[place.line - 1]?.length ?? -1) + 1);
      }
    }),
    { numRuns: 300 },
  );
});

function toWanted(text: string): WantedField {
  const [path = "", item] = text.split("#");
  const keys = path === "" ? [] : path.split(".");
  return item === undefined ? { path: keys } : { path: keys, item };
}
