import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { waitFor } from "../../src/base/wait.ts";
import { labelsOfEnvironment } from "../../src/model/labels.ts";
import { missingTools, needsRoot } from "../judges/support/tools.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { startFakePeer } from "../support/fake-engine.ts";
import { createWorld, eventually, type RunOptions, type World } from "../support/world.ts";

const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));
/** Loopback, and nobody else's: names are looked up at port 53. */
const resolverAddress = "127.0.0.77";

/** Then resolv.conf is not what decides. */
const asksResolved =
  /^hosts:.*\bresolve\b/m.test(await readFile("/etc/nsswitch.conf", "utf8").catch(() => "")) &&
  "programs on this machine ask systemd-resolved whatever resolv.conf says";

interface Finding {
  check: string;
  severity: string;
  message: string;
  command: string | null;
  fixable: boolean;
}

describe("cilo doctor", { skip: await engineSkip() }, () => {
  let world: World;

  before(async () => {
    world = await createWorld();
    await world.must("create", "login", "--from", await world.project("shop"));
    await world.must("up", "login");
  });
  after(() => world?.[Symbol.asyncDispose]());

  async function doctor(args: readonly string[] = [], options: RunOptions = {}) {
    const run = await world.cilo(["doctor", "--json", ...args], options);
    const { findings = [], ...rest } = JSON.parse(run.stdout) as { findings?: Finding[] } & Record<string, unknown>;
    const linesOf = (check: string) =>
      findings.filter((finding) => finding.check === check).map(({ severity, message }) => `${severity}: ${message}`);
    return { ...run, ...rest, findings, linesOf };
  }

  test("finds no problem in what works, also where the resolver was not set up, and tries names for real", async () => {
    await world.startDns();

    const { code, findings, linesOf } = await doctor();

    assert.equal(code, 0);
    assert.deepEqual(
      findings.filter(({ severity, check }) => !["ok", "info"].includes(severity) && check !== "dns"),
      [],
    );
    assert.deepEqual(linesOf("addresses"), [
      "ok: state has the addresses that the engine shows, and 3 names answer with them",
    ]);
  });

  test("sees whether this machine's programs find the names, and whether they are told the truth", {
    skip: needsRoot("a resolv.conf of its own") || missingTools("unshare") || asksResolved,
  }, async () => {
    await world.must("dns", "stop");
    await world.must("dns", "start", "--detach", "--address", resolverAddress, "--port", "53");
    const files = { "resolv.conf": `nameserver ${resolverAddress}\n`, hosts: "127.0.0.1 localhost\n" };
    const well = await doctorWith(world, files);
    const lied = await doctorWith(world, { ...files, hosts: "10.9.9.9 api.login.test\n" });
    await world.must("dns", "stop");
    await world.startDns();

    assert.match(well, /^ok +dns +this machine's programs find names below \.test$/m);
    assert.match(lied, /^warning +dns +for api\.login\.test .* are told 10\.9\.9\.9, not 10\.[\d.]+$/m);
    assert.match(lied, /^ +run: grep api\.login\.test \/etc\/hosts$/m);
  });

  test("finds what a killed up, a stopped container, another's hand and removed environments left, and --fix mends it", async () => {
    const { id } = Object.values((await world.state()).hosts.local.environments)[0] ?? { id: "" };
    await killInTheMiddle(world, ["up", "login", "--recreate"]);
    await docker("stop", "--time=0", "cilo-shop-login-web-1");
    const prefix = `cilo-test-${id.slice(0, 8)}`;
    const labels = labelsOfEnvironment(world.installation, { id: "gone", project: "shop", name: "gone" });
    const flags = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    await docker("volume", "create", ...flags, `${prefix}-gone`);
    await docker("volume", "create", `${prefix}-theirs`);
    await mkdir(join(world.home, "generated/shop/gone"), { recursive: true });
    try {
      const before = [await world.engineObjects(), await readFile(join(world.home, "state.json"), "utf8")];

      const broken = await doctor();
      const plan = await world.cilo(["doctor", "--fix", "--dry-run"]);
      const untouched = [await world.engineObjects(), await readFile(join(world.home, "state.json"), "utf8")];
      const fixed = await doctor(["--fix"]);
      const afterFix = await world.engineObjects();
      const agreed = await doctor(["--fix", "--yes"]);

      assert.equal(broken.code, 1);
      assert.match(broken.linesOf("operations").join("\n"), /^problem: up of shop\/login ended in the middle/);
      assert.match(
        broken.linesOf("orphans").join("\n"),
        new RegExp(`volume ${prefix}-gone: left of shop/gone, .* its data go with it`),
      );
      assert.match(broken.linesOf("leftovers").join("\n"), /generated\/shop\/gone/);
      assert.ok(broken.findings.filter(({ fixable }) => fixable).length >= 3);

      assert.equal(plan.code, 0);
      assert.match(plan.stdout, /^clear-operation shop\/login — /m);
      assert.match(plan.stdout, new RegExp(`^remove-volume! volume ${prefix}-gone — `, "m"));
      assert.deepEqual(untouched, before);

      assert.equal(fixed.code, 0, fixed.stderr);
      assert.deepEqual(Object.keys(JSON.parse(fixed.stdout)), ["schema", "plan", "done", "failed", "findings"]);
      assert.match(fixed.stderr, /"cilo doctor --fix --yes" does that too/);
      assert.deepEqual(fixed.linesOf("operations"), ["ok: no operation is under way, none was interrupted"]);
      assert.deepEqual(fixed.linesOf("leftovers"), ["ok: no files are left of environments that are no more"]);
      assert.ok(afterFix.includes(`volume ${prefix}-gone`));

      assert.deepEqual(agreed.linesOf("orphans"), [
        "ok: everything on the engine that this cilo made belongs to an environment",
      ]);
      assert.deepEqual(await volumesNamed(prefix), [`${prefix}-theirs`]);
    } finally {
      await exec("docker", ["volume", "rm", "--force", `${prefix}-gone`, `${prefix}-theirs`], { timeoutMs: 60_000 });
    }
  });

  test("asks on a terminal before anything is lost, and leaves it where the answer is no", {
    skip: process.platform !== "linux" && "needs the script program of util-linux",
  }, async () => {
    const labels = labelsOfEnvironment(world.installation, { id: "gone", project: "shop", name: "gone" });
    const flags = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    const name = `cilo-test-asked-${world.installation.slice(0, 8)}`;
    await docker("volume", "create", ...flags, name);
    const before = await volumesNamed(name);

    const no = await answer(world, "n");
    const afterNo = await volumesNamed(name);
    const yes = await answer(world, "y");

    assert.match(no, /Do that too\? \[y\/N\]/);
    assert.deepEqual(afterNo, before);
    assert.match(yes, new RegExp(`done: remove-volume volume ${name}`));
    assert.deepEqual(await volumesNamed(name), []);
  });

  test("comes to an end, and says what hangs, when the engine and the DNS server do", async () => {
    await using engine = await startFakePeer(() => {});
    const { pid } = JSON.parse(await world.must("dns", "status", "--json")).daemon as { pid: number };
    process.kill(pid, "SIGSTOP");
    try {
      const run = await doctor([], { env: { DOCKER_HOST: engine.endpoint } });

      assert.equal(run.code, 1);
      assert.match(run.linesOf("engine").join(), /^problem: cannot reach the engine at .*: it did not answer in time$/);
      assert.deepEqual(run.linesOf("orphans"), ["info: not checked, as it needs the engine"]);
      assert.deepEqual(run.linesOf("daemon"), [`problem: the DNS server (pid ${pid}) is suspended and answers nobody`]);
      assert.equal(run.findings.find(({ check }) => check === "daemon")?.command, `kill -CONT ${pid}`);
      assert.match(run.linesOf("state").join(), /^ok: /);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("finds who has the port, once no DNS server runs", async () => {
    await world.must("dns", "stop");
    const script = "require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})";
    const squatter = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [port] = await once(squatter.stdout, "data");

      const run = await doctor([], { env: { CILO_DNS_PORT: String(port).trim() } });

      assert.equal(run.code, 1);
      assert.match(
        run.linesOf("port").join(),
        new RegExp(`^problem: .*: node \\(pid ${squatter.pid}\\) listens there`),
      );
      assert.deepEqual(run.linesOf("daemon"), ["warning: no DNS server runs: names do not answer"]);
    } finally {
      squatter.kill();
    }
  });

  test("refuses what is of use with --fix only", async () => {
    const { code, stderr } = await world.cilo(["doctor", "--dry-run"]);

    assert.equal(code, 2);
    assert.match(stderr, /--dry-run is of use with --fix only \[CILO_USAGE\]\nhint: run "cilo doctor --fix --dry-run"/);
  });
});

/** Runs doctor where these stand in for files of /etc. */
async function doctorWith(world: World, files: Readonly<Record<string, string>>): Promise<string> {
  const mounts: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(world.directory, name);
    await writeFile(path, text);
    mounts.push(`mount --bind '${path}' /etc/${name}`);
  }
  const script = `${mounts.join(" && ")} && exec '${process.execPath}' '${program}' doctor`;
  const { stdout } = await exec("unshare", ["--mount", "sh", "-c", script], {
    env: { ...process.env, CILO_HOME: world.home },
    timeoutMs: 60_000,
  });
  return stdout;
}

/** Kills a command as soon as a docker compose of its own runs, and that one too, as a power cut would. */
async function killInTheMiddle(world: World, args: readonly string[]): Promise<void> {
  const kill = new AbortController();
  const running = world.cilo(args, { killSignal: kill.signal });
  const child = await waitFor(
    async () => {
      const [environment] = Object.values((await world.state()).hosts.local.environments);
      return environment?.operation?.child ?? null;
    },
    { timeoutMs: 30_000, intervalMs: 5 },
  );
  assert.ok(child, "no docker compose was seen");
  kill.abort();
  await running;
  const isGone = () =>
    eventually(
      async () =>
        !(await readFile(`/proc/${child.pid}/stat`).then(
          () => true,
          () => false,
        )),
    );
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
  await isGone();
}

async function volumesNamed(prefix: string): Promise<string[]> {
  const names = await docker("volume", "ls", "--quiet", "--filter", `name=${prefix}`);
  return names.split("\n").filter((name) => name !== "");
}

/** Runs `cilo doctor --fix` on a terminal of its own and answers its question. */
async function answer(world: World, word: string): Promise<string> {
  const log = join(world.directory, "typescript");
  const line = `'${process.execPath}' '${program}' doctor --fix`;
  const { stdout } = await exec("script", ["--quiet", "--return", "--command", line, log], {
    env: { ...process.env, CILO_HOME: world.home, NO_COLOR: "1" },
    input: `${word}\n`,
    timeoutMs: 60_000,
  });
  await rm(log, { force: true });
  return stdout;
}
