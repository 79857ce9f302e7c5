import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { verifyMerged } from "../../src/compose/verify.ts";
import { reasonWithoutCompose, runCompose } from "./compose-program.ts";
import { fixtures, renderFor } from "./fixture-project.ts";

const skip = await reasonWithoutCompose();

/** Has the override of a fixture, changed by `change`, merged and checked; gives back what is wrong with it. */
async function violationsOf(fixture: string, directory: string, change: (override: string) => string) {
  const projectDirectory = join(fixtures, fixture);
  const files = [join(projectDirectory, "compose.yaml")];
  const { reading, input, rendered } = await renderFor({ name: "login", projectDirectory, files });
  const changed = change(rendered.override);
  const overrideFile = join(await mkdtemp(join(directory, "override-")), "override.yml");
  await writeFile(overrideFile, changed);
  const { networkName } = input;
  const { composeProject } = input.environment;
  try {
    await verifyMerged({
      run: runCompose,
      projectDirectory,
      files,
      overrideFile,
      composeProject,
      networkName,
      reading,
    });
  } catch (error) {
    assert.ok(error instanceof CiloError);
    assert.equal(error.code, "CILO_OVERRIDE_REJECTED");
    assert.notEqual(changed, rendered.override, error.message);
    return error.message;
  }
  return null;
}

describe("verification of the merged project", { skip }, () => {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cilo-verify-"));
  });
  after(() => rm(directory, { recursive: true }));

  for (const fixture of ["rich", "profiles", "include"]) {
    test(`accepts what is rendered for ${fixture}`, async () => {
      assert.equal(await violationsOf(fixture, directory, (override) => override), null);
    });
  }

  test("accepts a service that joins a container of the project and has its volumes as well", async () => {
    const projectDirectory = await mkdtemp(join(directory, "derived-"));
    const files = [join(projectDirectory, "compose.yaml")];
    await writeFile(
      join(projectDirectory, "compose.yaml"),
      'services: { a: { image: x, container_name: one }, b: { image: x, network_mode: "container:one", volumes_from: [a] } }',
    );
    const { reading, input, rendered } = await renderFor({ name: "login", projectDirectory, files });
    const overrideFile = join(projectDirectory, "override.yml");
    await writeFile(overrideFile, rendered.override);
    const { composeProject } = input.environment;
    const options = { run: runCompose, projectDirectory, files, overrideFile, composeProject, reading };

    await verifyMerged({ ...options, networkName: input.networkName });
  });

  const mergers = [
    { fixture: "rich", calls: 1, why: "" },
    { fixture: "include", calls: 1, why: "" },
    { fixture: "profiles", calls: 2, why: ", as it cannot be read with all profiles and all variables at once" },
  ];
  for (const { fixture, calls: expected, why } of mergers) {
    test(`has Compose merge ${fixture} ${expected} times${why}`, async () => {
      const projectDirectory = join(fixtures, fixture);
      const files = [join(projectDirectory, "compose.yaml")];
      const { reading, input, rendered } = await renderFor({ name: "login", projectDirectory, files });
      const overrideFile = join(await mkdtemp(join(directory, "override-")), "override.yml");
      await writeFile(overrideFile, rendered.override);
      let calls = 0;
      const run: typeof runCompose = (args, options) => {
        calls += 1;
        return runCompose(args, options);
      };
      const { composeProject } = input.environment;
      const options = { run, projectDirectory, files, overrideFile, composeProject, reading };

      await verifyMerged({ ...options, networkName: input.networkName });

      assert.equal(calls, expected);
    });
  }

  const changes: { what: string; from: RegExp; to: string; found: RegExp }[] = [
    { what: "published ports", from: /^ {4}"ports".*\n/m, to: "", found: /service web: ports: it still publishes/ },
    {
      what: "a container name",
      from: /^ {4}"container_name".*\n/m,
      to: "",
      found: /service web: container_name: every copy would have the same/,
    },
    { what: "a built image", from: /^ {4}"image": "cilo-shop.*\n/m, to: "", found: /service web: image: every copy/ },
    { what: "a built tag", from: /^ {6}"tags".*\n/m, to: "", found: /service web: build\.tags: every copy/ },
    {
      what: "networks of the project",
      from: /(?<="web":[\s\S]*)"networks": !override/,
      to: '"networks":',
      found: /(service web: networks: it is on a network other|refers to undefined network)/,
    },
    {
      what: "another network's name",
      from: /"cilo-shop-login_default"\n"volumes"/,
      to: '"company"\n"volumes"',
      found: /network default: name: it is not the environment's network/,
    },
    {
      what: "a volume with a fixed name",
      from: /"cilo-shop-login_data"/,
      to: '"rich-data"',
      found: /volume data: name/,
    },
    {
      what: "an external volume that is written to",
      from: /"dumps": !override\n(?: {4,}.*\n)+/,
      to: '"dumps":\n    "name": "dumps"\n',
      found: /volume dumps: name: every copy would write to the same volume/,
    },
    {
      what: "an address outside the range",
      from: /"10\.224\.3\.12"/,
      to: '"10.224.3.9"',
      found: /service web: networks\.default\.ipv4_address: 10\.224\.3\.9 is not among/,
    },
    {
      what: "an address twice",
      from: /"10\.224\.3\.12"/,
      to: '"10.224.3.11"',
      found: /service web: networks\.default\.ipv4_address: it is also that of service legacy_app/,
    },
    {
      what: "an address for replicas",
      from: /(?<="worker":[\s\S]*)"default":\n/,
      to: '"default":\n        "ipv4_address": "10.224.3.50"\n',
      found: /service worker: networks\.default\.ipv4_address: 2 replicas cannot share it/,
    },
    {
      what: "an address of the project's own network",
      from: /"DB_ADDRESS": ".*"/,
      to: '"X": "1"',
      found: /service worker: environment: it is not what the project says/,
    },
    {
      what: "a changed value",
      from: /^ {2}"batch":\n/m,
      to: '  "batch":\n    "user": "root"\n',
      found: /service batch: user: it is not what the project says/,
    },
    {
      what: "a service of its own",
      from: /^ {2}"batch":\n/m,
      to: '  "extra":\n    "image": "x"\n    "network_mode": "none"\n  "batch":\n',
      found: /service extra: \(whole\): it is not in the project/,
    },
    {
      what: "a file Compose does not read",
      from: /^ {2}"batch":\n/m,
      to: '  "batch":\n    "portz": 1\n',
      found: /additional propert(y|ies) '?portz'? (is )?not allowed/i,
    },
    {
      what: "a service that leaves its profile",
      from: /^ {2}"legacy_app":\n/m,
      to: '  "legacy_app":\n    "profiles": !reset []\n',
      found: /service legacy_app: profiles: .*services: profiles: those in use become/,
    },
  ];
  for (const { what, from, to, found } of changes) {
    test(`refuses ${what}, naming service and field`, async () => {
      const message = await violationsOf("rich", directory, (override) => override.replace(from, to));

      assert.match(message ?? "accepted", found);
    });
  }

  for (const name of ["extra", "constructor", "__proto__"]) {
    test(`refuses a merged project with a service ${name} that was not read before`, async () => {
      const projectDirectory = join(fixtures, "include");
      const files = [join(projectDirectory, "compose.yaml")];
      const { reading, input } = await renderFor({ name: "login", projectDirectory, files });
      const services = `"${name}":{"image":"x","ports":["80:80"]},`;
      const run: typeof runCompose = async (args, options) => {
        const result = await runCompose(args, options);
        return { ...result, stdout: result.stdout.replace('"services": {', `"services": {${services}`) };
      };
      const options = { run, projectDirectory, files, overrideFile: files[0] ?? "", reading };
      const { composeProject } = input.environment;

      await assert.rejects(
        verifyMerged({ ...options, composeProject, networkName: input.networkName }),
        (error) =>
          error instanceof CiloError && error.code === "CILO_OVERRIDE_REJECTED" && error.message.includes(name),
      );
    });
  }

  test("tells what to remove where Compose cannot merge any further file", async () => {
    const projectDirectory = await mkdtemp(join(directory, "empty-list-"));
    const files = [join(projectDirectory, "compose.yaml")];
    await writeFile(files[0] ?? "", "services: { web: { image: web, extra_hosts: [] } }");
    const { reading, input, rendered } = await renderFor({ name: "login", projectDirectory, files });
    const overrideFile = join(projectDirectory, "override.yml");
    await writeFile(overrideFile, rendered.override);
    const { composeProject } = input.environment;
    const options = { run: runCompose, projectDirectory, files, overrideFile, composeProject, reading };

    const verified = verifyMerged({ ...options, networkName: input.networkName });

    const error = await verified.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    // From 2.40 on Compose merges it.
    if (error === null) return;
    assert.ok(error instanceof CiloError);
    assert.equal(error.code, "CILO_OVERRIDE_REJECTED");
    assert.match(error.hint ?? "", /^remove the empty list at services\.web\.extra_hosts from the Compose files/);
  });
});
