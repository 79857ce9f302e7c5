import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { planSetup } from "../../src/resolver/plan.ts";
import { findTemplateDirectory, loadTemplate } from "../../src/resolver/templates.ts";

const directory = findTemplateDirectory(import.meta.dirname);

let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "cilo-resolver-"));
});

after(() => rm(root, { recursive: true, force: true }));

/** A reason to skip when the program is not there. */
async function missing(program: string): Promise<string | false> {
  return (await exec(program, ["--version"])).startFailure === null ? false : `${program} is not installed`;
}

/** The service's file as a machine gets it whose paths need quoting. */
function renderService(mechanism: "dns-delegate" | "macos-resolver"): string {
  const [step] = planSetup({
    mechanism,
    port: 5300,
    address: "127.0.0.1",
    suffixes: ["test"],
    hostnames: [],
    subnets: ["10.224.0.0/16"],
    templates: (name) => loadTemplate(directory, name),
    homeDirectory: root,
    ciloCommand: [process.execPath, join(root, "R&D <50% $HOME>/cilo.cjs")],
  });
  assert.ok(step?.file);
  return step.file.content;
}

describe("the service files", { concurrency: true }, async () => {
  for (const source of ["as it stands", "rendered"]) {
    it(`systemd accepts the unit ${source}`, { skip: await missing("systemd-analyze") }, async () => {
      const folder = await mkdtemp(join(root, "unit-"));
      const unit = join(folder, "cilo.service");
      await writeFile(
        unit,
        source === "rendered" ? renderService("dns-delegate") : loadTemplate(directory, "systemd-user/cilo.service"),
      );

      const result = await exec("systemd-analyze", ["verify", "--user", unit], {
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
        timeoutMs: 20_000,
      });

      assert.deepEqual({ exitCode: result.exitCode, stderr: result.stderr }, { exitCode: 0, stderr: "" });
    });
  }

  it("a property list parser reads the agent and gets the arguments back", {
    skip: await missing("python3"),
  }, async () => {
    const plist = join(root, "cilo.dns.plist");
    await writeFile(plist, renderService("macos-resolver"));
    const script = "import json, plistlib, sys; json.dump(plistlib.load(open(sys.argv[1], 'rb')), sys.stdout)";

    const result = await exec("python3", ["-c", script, plist], { timeoutMs: 20_000 });

    assert.equal(result.stderr, "");
    assert.deepEqual(JSON.parse(result.stdout), {
      Label: "cilo.dns",
      ProgramArguments: [
        "/bin/sh",
        "-c",
        'exec "$@" 2>>"$HOME/Library/Logs/cilo.log"',
        "cilo.dns",
        process.execPath,
        join(root, "R&D <50% $HOME>/cilo.cjs"),
        "dns",
        "start",
        "--port",
        "5300",
      ],
      EnvironmentVariables: { PATH: "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" },
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ProcessType: "Interactive",
    });
  });

  it("a shell that runs the commands writes the file as planned", async () => {
    const steps = planSetup({
      mechanism: "dns-delegate",
      port: 5354,
      address: "127.0.0.1",
      suffixes: ["test"],
      hostnames: [],
      subnets: ["10.224.0.0/16"],
      templates: (name) => loadTemplate(directory, name),
      homeDirectory: join(root, "Ada's home"),
      ciloCommand: ["cilo"],
    });
    const [service] = steps;
    assert.ok(service?.file);
    const writing = service.commands.filter((command) => !command.startsWith("systemctl"));

    const result = await exec("sh", ["-ec", writing.join("\n")]);

    assert.deepEqual({ exitCode: result.exitCode, stderr: result.stderr }, { exitCode: 0, stderr: "" });
    assert.equal(await readFile(service.file.to, "utf8"), service.file.content);
  });
});
