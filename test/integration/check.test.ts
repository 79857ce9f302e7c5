import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { exec } from "../../src/base/exec.ts";
import { reasonWithoutCompose } from "../compose/compose-program.ts";
import { listTree } from "../support/world.ts";

const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));
const skip = await reasonWithoutCompose();

/** Shares what it can, and has what is made its own. */
const sharing = `
name: fixed
services:
  web:
    image: web
    container_name: the-web
    ports: ["8080:80"]
    environment:
      API_URL: http://localhost:8081
    volumes:
      - /srv/uploads:/uploads
      - ./here:/here
  api:
    image: api
    ports: ["8081:80"]
    pid: host
  agent:
    image: agent
    volumes:
      - type: bind
        source: /var/run/docker.sock
        target: /var/run/docker.sock
  db:
    image: db
    profiles: [data]
    volumes: ["pg:/data", "../seed:/seed"]
volumes:
  pg: { external: true, name: everyones }
`;

interface Finding {
  rule: string;
  action: string;
  shared: boolean;
  subject: string;
  file: string | null;
  line: number | null;
  active: boolean;
  detail: string | null;
  message: string;
  hint: string | null;
}

describe("cilo check", { skip }, () => {
  let directory: string;
  before(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-check-test-")));
  });
  after(() => rm(directory, { recursive: true }));

  async function write(name: string, files: Record<string, string>): Promise<string> {
    const path = join(directory, name);
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
    }
    return path;
  }

  function check(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    return exec(process.execPath, [program, "check", ...args], {
      cwd: directory,
      env: {
        ...process.env,
        CILO_HOME: join(directory, "home"),
        DOCKER_HOST: `unix://${directory}/no-engine.sock`,
        NO_COLOR: "1",
        ...env,
      },
      timeoutMs: 60_000,
    });
  }

  async function findingsOf(...args: string[]): Promise<Finding[]> {
    const { stdout, stderr, exitCode } = await check([...args, "--json"]);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout).findings;
  }

  test("tells what stays shared, with its place in the user's file, and needs no engine", async () => {
    const project = await write("sharing", { "compose.yaml": sharing });

    const findings = await findingsOf(project);

    const shared = findings.filter((finding) => finding.shared).map(({ subject, rule, line }) => [subject, rule, line]);
    assert.ok(findings.every(({ file }) => file === null || file === "compose.yaml"));
    assert.deepEqual(
      shared.filter(([, rule]) => rule === "docker-socket" || rule === "outside-bind"),
      [
        ["service agent", "docker-socket", 20],
        ["service web", "outside-bind", 11],
      ],
    );
  });

  for (const [what, env] of [
    ["of a kind cilo cannot use", { DOCKER_HOST: "ssh://u@h" }],
    ["nobody can make sense of", { DOCKER_HOST: "%%%" }],
    ["named by a configuration that is broken", { DOCKER_HOST: "", DOCKER_CONFIG: "broken" }],
  ] as const) {
    test(`reads a project where the engine is one ${what}`, async () => {
      const project = await write("engineless", { "compose.yaml": sharing });
      await write("broken", { "config.json": "{" });

      const { exitCode, stderr } = await check([project], env);

      assert.equal(exitCode, 0, stderr);
    });
  }

  test("ends at once where an env file is a named pipe", async () => {
    const project = await write("pipe", { "compose.yaml": "services: { web: { image: web, env_file: a.env } }" });
    await promisify(execFile)("mkfifo", [join(project, "a.env")]);

    const { exitCode, stderr } = await check([project]);

    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, /a\.env: it is a named pipe, not a file \[CILO_COMPOSE_INVALID\]/);
  });

  test("tells what becomes each copy's own", async () => {
    const project = await write("own", { "compose.yaml": sharing });

    const findings = await findingsOf(project);

    const own = findings.filter(({ action }) => action === "rewritten");
    assert.deepEqual(
      own.filter(({ rule }) => ["container-name", "external-volume"].includes(rule)).map(({ subject }) => subject),
      ["service web", "volume pg"],
    );
    assert.match(own.find(({ rule }) => rule === "external-volume")?.message ?? "", /everyones is replaced by/);
  });

  test("a relative path that leaves the project is missing in a copy, an absolute one is shared", async () => {
    const project = await write("leaving/project", {
      "compose.yaml": `services: { web: { image: web, volumes: ["../beside:/a", "${directory}/leaving/beside:/b"] } }`,
    });

    const findings = await findingsOf(project);

    const beside = join(directory, "leaving/beside");
    assert.deepEqual(
      findings.map(({ rule, shared, message }) => [rule, shared, message.includes(beside)]),
      [
        ["outside-bind", true, true],
        ["missing-bind", false, true],
      ],
    );
  });

  test("in a git repository what is beside the project is copied too, unless the directory alone is", async () => {
    const repository = await write("repository", {
      "beside/file": "",
      "app/compose.yaml": 'services: { web: { image: web, volumes: ["../beside:/a"] } }',
    });
    await promisify(execFile)("git", ["init", "--quiet", repository]);

    const whole = await findingsOf(join(repository, "app"));
    const alone = await findingsOf(join(repository, "app"), "--only-dir");

    assert.deepEqual(whole, []);
    assert.deepEqual(
      alone.map(({ rule }) => rule),
      ["missing-bind"],
    );
  });

  test("ends with 1 only with --strict, and only when something stays shared", async () => {
    const shares = await write("strict", { "compose.yaml": sharing });
    const apart = await write("apart", { "compose.yaml": "services: { web: { image: web, container_name: one } }" });

    const codes = await Promise.all(
      [[shares], [shares, "--strict"], [apart], [apart, "--strict"]].map(async (args) => (await check(args)).exitCode),
    );

    assert.deepEqual(codes, [0, 1, 0, 0]);
  });

  test("tells a person the same under headings, and the sum of it", async () => {
    const project = await write("read", {
      "compose.yaml":
        'services:\n  web:\n    image: web\n    container_name: one\n    volumes: ["/srv:/srv"]\n  job: { image: web, pid: host }\n',
    });

    const { stdout } = await check([project]);

    assert.match(stdout, /^stays shared between copies:\n/m);
    assert.match(
      stdout,
      /^ {2}service web: \/srv is outside the copy and can be written, so every copy shares it\n {4}at compose\.yaml:5$/m,
    );
    assert.match(stdout, /^becomes each copy's own:\n/m);
    assert.match(stdout, /^read: 2 services, \d+ rewritten, \d+ things? stays? shared$/m);
  });

  test("leaves no file anywhere", async () => {
    const project = await write("untouched", { "compose.yaml": sharing });
    const scratch = join(directory, "scratch");
    await mkdir(scratch);
    const before = await listTree(project);

    const { exitCode } = await check([project], { TMPDIR: scratch });

    assert.equal(exitCode, 0);
    assert.deepEqual(await listTree(project), before);
    // Node keeps compiled code there, of any program.
    assert.deepEqual(
      (await readdir(scratch)).filter((name) => name !== "node-compile-cache"),
      [],
    );
    assert.equal((await readdir(directory)).includes("home"), false);
  });

  test("what Compose cannot read is told with the project's own path, and ends with 2", async () => {
    const project = await write("broken", {
      "compose.yaml": "services: { web: { image: web, env_file: [gone.env] } }",
    });

    const { exitCode, stderr } = await check([project]);

    assert.equal(exitCode, 2);
    assert.match(stderr, /CILO_COMPOSE_INVALID/);
    assert.ok(stderr.includes(join(project, "gone.env")), stderr);
    assert.doesNotMatch(stderr, /envs/);
  });

  test("a directory without a Compose file is refused by its own path", async () => {
    const empty = await write("empty", { README: "" });

    const { exitCode, stderr } = await check([empty]);

    assert.equal(exitCode, 2);
    assert.match(stderr, /CILO_COMPOSE_FILE_NOT_FOUND/);
    assert.ok(stderr.includes(empty), stderr);
  });

  test("looks at the project with the profiles asked for, else with those that Compose would turn on", async () => {
    const project = await write("profiles", { "compose.yaml": sharing });

    const asked = await check([project, "--json", "--profile", "data"]);
    const byEnvironment = await check([project, "--json"], { COMPOSE_PROFILES: "data" });
    const without = await check([project, "--json"]);

    const profiles = [asked, byEnvironment, without].map(({ stdout }) => JSON.parse(stdout).profiles);
    assert.deepEqual(profiles, [["data"], ["data"], []]);
  });

  test("refuses a profile that no service has, as up does", async () => {
    const project = await write("unknown-profile", { "compose.yaml": sharing });

    const { exitCode, stderr } = await check([project, "--profile", "dta"]);

    assert.equal(exitCode, 2);
    assert.match(stderr, /no service has the profile "dta" \[CILO_USAGE\]\nhint: choose from data$/m);
  });

  test("tells of services that are off by themselves, and counts none of it as shared", async () => {
    const project = await write("off", {
      "compose.yaml": "services: { web: { image: web }, job: { image: job, pid: host, profiles: [jobs] } }",
    });

    const { stdout, exitCode } = await check([project, "--strict"]);
    const [finding] = await findingsOf(project);
    const on = await check([project, "--strict", "--profile", "jobs"]);

    assert.equal(exitCode, 0);
    assert.match(stdout, /^of services that are off:\n {2}service job: pid host is kept/);
    assert.match(stdout, /^off: 2 services, 0 rewritten, nothing stays shared$/m);
    assert.deepEqual([finding?.active, finding?.shared], [false, true]);
    assert.equal(on.exitCode, 1);
    assert.match(on.stdout, /^stays shared between copies:\n {2}service job: pid host is kept/);
  });

  test("shows names with ENV where that of the environment will be, and tells of all published ports at once", async () => {
    const project = await write("names", {
      "compose.yaml": `
services:
  web: { image: web, ports: ["8080:80"], environment: { API: "http://localhost:8081" } }
  api: { image: api, ports: ["8081:9000"], volumes: ["copy:/data"] }
volumes: { copy: { name: copy-of-data } }
`,
    });

    const { stdout } = await check([project]);
    const findings = await findingsOf(project);

    const told = stdout + JSON.stringify(findings);
    assert.match(stdout, /use api\.ENV\.test:9000 \(inside containers api:9000\) for localhost:8081/);
    assert.match(stdout, /volume copy: its fixed name copy-of-data becomes cilo-names-ENV_copy,/);
    assert.match(
      stdout,
      /^ {2}services api \("api\.ENV\.test:9000 for :8081"\), web \("web\.ENV\.test:80 for :8080"\): ports are not published/m,
    );
    assert.doesNotMatch(told, /zz-env/);
  });

  test("a directory may have any name", async () => {
    const name = `it's "$&" $$ \\ here`;
    const project = await write(name, {
      "compose.yaml": "services: { web: { image: web, env_file: [gone.env] } }",
    });

    const { exitCode, stderr } = await check([project]);

    assert.equal(exitCode, 2, stderr);
    assert.ok(stderr.includes(`create ${join(project, "gone.env")};`), stderr);
  });

  test("a file that is outside what is copied is not to be created where it is", async () => {
    const project = await write("around/project", {
      "compose.yaml": "services: { web: { image: web, env_file: [../common.env] } }",
      "../common.env": "A=1",
    });

    const { exitCode, stderr } = await check([project]);

    const common = join(directory, "around/common.env");
    assert.equal(exitCode, 2);
    assert.ok(stderr.includes(`hint: copy common.env into the project, give its absolute path, or keep both`), stderr);
    assert.ok(stderr.includes(`${common} is outside what is copied`), stderr);
  });

  for (const field of ["security_opt: []", "healthcheck: { test: [] }", "extra_hosts: []"]) {
    test(`what Compose cannot merge is told with what helps: ${field}`, async (t) => {
      const project = await write(`empty-list-${field.slice(0, 6)}`, {
        "compose.yaml": `services: { web: { image: web, ${field} } }`,
      });

      const { stdout } = await check([project, "--json"]);

      const findings: Finding[] = JSON.parse(stdout).findings;
      const refused = findings.filter(({ action }) => action === "refused");

      if (refused.length === 0) return t.skip("this version of Compose merges it");
      const [finding] = refused;
      assert.equal(finding?.shared, false);
      assert.match(finding?.hint ?? "", /^remove the empty list at services\.web\.\S+ from the Compose files/);
    });
  }

  test("shows no value of the project's variables", async () => {
    const project = await write("secret", {
      "compose.yaml":
        'services: { web: { image: web, environment: { URL: "http://u:hunter2zz@localhost:8080" }, volumes: ["${PLACE}:/a"], devices: ["/dev/${TOKEN}:/dev/x"] } }',
      ".env": "PLACE=/srv/hunter2zz\nTOKEN=hunter2zz\n",
    });

    const { stdout, stderr, exitCode } = await check([project, "--json"]);

    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /device \/dev\/\*\*\* is kept/);
    assert.doesNotMatch(stdout + stderr, /hunter2zz/);
  });

  test("shows the project's own words although a variable has the same value", async () => {
    const project = await write("words", {
      "compose.yaml": `
services:
  web:
    image: postgres-web
    build: ./app
    environment: { POSTGRES_USER: "\${NAME}", POSTGRES_PASSWORD: postgres-web }
    volumes: ["/srv/shop-data:/a", "~/.ssh:/b"]
`,
      ".env": `NAME=shop-data\nOTHER=${basename(homedir())}\nIMAGE=postgres-web\n`,
    });

    const { stdout } = await check([project], { HOME: homedir() });

    assert.match(stdout, /\/srv\/shop-data is outside the copy/);
    assert.ok(stdout.includes(`${homedir()}/.ssh is outside the copy`), stdout);
    assert.match(
      stdout,
      /image postgres-web is built by the project, in the copy it is called cilo-words-ENV\/postgres-web/,
    );
  });
});
