import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { createWorld, fetchText, type World } from "../support/world.ts";

const skip = await engineSkip();
const fixtures = fileURLToPath(new URL("../../fixtures/compose", import.meta.url));
const copies = ["blue", "green"];

/** A copy of a fixture to create environments from; `IMAGE` in its files stands for the image. */
async function copyFixture(world: World, fixture: string): Promise<string> {
  const path = join(world.directory, "src", fixture);
  await cp(join(fixtures, fixture), path, { recursive: true });
  for (const name of await readdir(path, { recursive: true })) {
    const file = join(path, name);
    if (!/\.yml$|Dockerfile$/.test(name) || !(await stat(file)).isFile()) continue;
    await writeFile(file, (await readFile(file, "utf8")).replaceAll("IMAGE", world.image));
  }
  return path;
}

describe("Compose features, from inside the containers of two copies", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  async function inside(key: string, service: string, ...command: string[]): Promise<string> {
    return (await world.must("exec", key, service, ...command)).replaceAll("\r", "").trim();
  }

  async function workspaceOf(key: string): Promise<string> {
    return (await world.must("path", key)).trim();
  }

  async function addressOf(key: string, service: string): Promise<string> {
    const { environment } = JSON.parse(await world.must("status", key, "--json"));
    return environment.services.find(({ name }: { name: string }) => name === service).address;
  }

  describe("values from files: an -f list, include, extends, env files, secrets and configs", () => {
    before(async () => {
      const source = await copyFixture(world, "values");
      for (const copy of copies) await world.must("create", `values/${copy}`, "--from", source);
      const workspace = await workspaceOf("values/blue");
      await writeFile(join(workspace, ".env"), "GREETING=hello from blue\nTOKEN=token of blue\n");
      await writeFile(join(workspace, "secret.txt"), "secret of blue");
      await writeFile(join(workspace, "settings.txt"), "settings of blue");
      await writeFile(join(workspace, "parts/cache/.env"), "CACHE_SIZE=128\n");
      for (const copy of copies) await world.must("up", `values/${copy}`);
    });
    after(async () => {
      for (const copy of copies) await world.must("destroy", `values/${copy}`, "--force");
    });

    test("every layer says its part of the environment, and each copy has its own values", async () => {
      const [blue, green] = await Promise.all(copies.map((copy) => inside(`values/${copy}`, "web", "env")));

      for (const line of ["EXTENDED=yes", "FROM_ENV_FILE=app.env", "LAYER=dev"]) {
        for (const env of [blue, green]) assert.match(env ?? "", new RegExp(`^${line}$`, "m"));
      }
      assert.match(blue ?? "", /^GREETING=hello from blue$/m);
      assert.match(green ?? "", /^GREETING=hello from \.env$/m);
      assert.match(await inside("values/blue", "cache", "env"), /^SIZE=128$/m);
      assert.match(await inside("values/green", "cache", "env"), /^SIZE=64$/m);
    });

    const files: [path: string, blue: string, green: string][] = [
      ["/run/secrets/from_file", "secret of blue", "secret of the source"],
      ["/run/secrets/token", "token of blue", "token from .env"],
      ["/etc/content", "project cilo-values-blue", "project cilo-values-green"],
      ["/etc/settings", "settings of blue", "settings of the source"],
      ["/etc/token", "token of blue", "token from .env"],
      ["/site/index.html", "page of the source", "page of the source"],
    ];
    for (const [path, blue, green] of files) {
      test(`${path} is each copy's own`, async () => {
        assert.equal(await inside("values/blue", "web", "cat", path), blue);
        assert.equal(await inside("values/green", "web", "cat", path), green);
      });
    }

    test("relative paths of an included file start from that file, in the copy", async () => {
      await inside("values/blue", "cache", "sh", "-c", "echo blue > /data/part");

      assert.equal(await readFile(join(await workspaceOf("values/blue"), "parts/cache/data/part"), "utf8"), "blue\n");
      assert.equal(await inside("values/green", "cache", "cat", "/data/part"), "data of the part");
    });
  });

  describe("relations: an override file, dependencies, health, links, addresses, shared namespaces, replicas, profiles", () => {
    let warnings = "";
    before(async () => {
      const source = await copyFixture(world, "relations");
      for (const copy of copies) {
        await world.must("create", `relations/${copy}`, "--from", source);
        const { code, stderr } = await world.cilo(["up", `relations/${copy}`]);
        assert.equal(code, 0, stderr);
        warnings = stderr;
      }
    });
    after(async () => {
      for (const copy of copies) await world.must("destroy", `relations/${copy}`, "--force");
    });

    test("jobs are done, servers run, what is off is off, and the override file counts", async () => {
      for (const copy of copies) {
        const { environment } = JSON.parse(await world.must("status", `relations/${copy}`, "--json"));
        const statuses = environment.services.map(({ name, status }: Record<string, string>) => `${name} ${status}`);
        assert.deepEqual(statuses, [
          "alone running",
          "api running",
          "beside running",
          "db running",
          "migrate done",
          "tool off",
          "worker running",
        ]);
        assert.match(await inside(`relations/${copy}`, "api", "env"), /^OVERRIDDEN=yes$/m);
      }
    });

    test("the address that the project had written down is that of the copy's own service, also as a value", async () => {
      for (const copy of copies) {
        const address = await addressOf(`relations/${copy}`, "db");
        assert.match(await inside(`relations/${copy}`, "api", "env"), new RegExp(`^DB_ADDRESS=${address}$`, "m"));
      }
      assert.notEqual(await addressOf("relations/blue", "db"), await addressOf("relations/green", "db"));
    });

    test("a service answers inside to every name the project gave it: service, alias, hostname, link, container name", async () => {
      for (const copy of copies) {
        const key = `relations/${copy}`;
        const address = await addressOf(key, "db");
        for (const name of ["db", "store", "db-host", "database"]) {
          const ping = await inside(key, "api", "ping", "-c", "1", "-W", "2", name);
          assert.ok(ping.includes(`(${address})`), `${name}: ${ping}`);
        }
        const page = await inside(key, "worker", "wget", "-q", "-O", "-", "http://relations-api/migrated");
        assert.equal(page, "migrated");
      }
    });

    test("network_mode service has the other's network, network_mode none has none", async () => {
      assert.equal(
        await inside("relations/blue", "beside", "wget", "-q", "-O", "-", "http://127.0.0.1/migrated"),
        "migrated",
      );
      assert.doesNotMatch(await inside("relations/blue", "alone", "ip", "-4", "addr"), / inet 10\./);
    });

    test("volumes_from brings the job's volume, and each copy has its own", async () => {
      assert.equal(await inside("relations/blue", "api", "cat", "/shared/migrated"), "migrated");
      await inside("relations/blue", "api", "touch", "/shared/of-blue");
      assert.equal(await inside("relations/green", "api", "ls", "/shared"), "migrated");
      const volumes = await docker(
        "volume",
        "ls",
        "--quiet",
        "--filter",
        `label=cilo.installation=${world.installation}`,
      );
      assert.deepEqual(
        volumes.split("\n").sort(),
        copies.map((copy) => `cilo-relations-${copy}_shared`),
      );
    });

    test("replicas share a name", async () => {
      const { environment } = JSON.parse(await world.must("status", "relations/blue", "--json"));
      const { addresses } = environment.services.find(({ name }: { name: string }) => name === "worker");

      const answer = await inside("relations/blue", "api", "nslookup", "worker");

      assert.equal(addresses.length, 2);
      for (const address of addresses) assert.ok(answer.includes(address), answer);
    });

    test("a one-off runs beside the service that has the fixed address, and of a profile that is off", async () => {
      const beside = await world.must(
        "compose",
        "relations/blue",
        "run",
        "--rm",
        "-T",
        "--no-deps",
        "db",
        "hostname",
        "-i",
      );
      const tool = await world.must(
        "compose",
        "relations/blue",
        "run",
        "--rm",
        "-T",
        "tool",
        "ping",
        "-c",
        "1",
        "-W",
        "2",
        "store",
      );

      assert.match(beside, /^10\.\d+\.\d+\.(19[2-9]|2\d\d)$/m);
      assert.match(tool, / 0% packet loss/);
    });

    test("what is different is told with its place in the project's files", () => {
      assert.match(
        warnings,
        /service api \("relations-api"\): container_name is removed.* \(docker-compose\.yml:\d+\)/,
      );
      assert.match(warnings, /volume shared: its fixed name relations-shared becomes .* \(docker-compose\.yml:\d+\)/);
      assert.match(warnings, /network back: internal has no effect.* \(docker-compose\.yml:\d+\)/);
    });
  });

  describe("a project in a repository, which builds and mounts from beside itself and from outside", () => {
    let source = "";
    let outside = "";
    let warnings = "";
    before(async () => {
      source = await copyFixture(world, "monorepo");
      outside = join(world.directory, "outside");
      await mkdir(outside);
      await writeFile(join(outside, "file"), "of all copies");
      await writeFile(join(source, "app/.env"), `OUTSIDE=${outside}\n`);
      await exec("git", ["init", "--quiet", source], { timeoutMs: 10_000 });
      for (const copy of copies) {
        await world.must("create", `app/${copy}`, "--from", join(source, "app"));
        const { code, stderr } = await world.cilo(["up", `app/${copy}`]);
        assert.equal(code, 0, stderr);
        warnings = stderr;
      }
    });
    after(async () => {
      for (const copy of copies) await world.must("destroy", `app/${copy}`, "--force");
    });

    test("a mount from beside the project is the copy's own", async () => {
      const root = (await world.must("path", "app/blue", "--root")).trim();
      await writeFile(join(root, "shared/index.html"), "page of blue");

      assert.equal(await fetchText(`http://${await addressOf("app/blue", "web")}/`), "page of blue");
      assert.equal((await fetchText(`http://${await addressOf("app/green", "web")}/`))?.trim(), "page of the source");
    });

    test("a mount from outside is that of all copies, which is told", async () => {
      await inside("app/blue", "web", "sh", "-c", "echo blue > /outside/file");

      assert.equal(await inside("app/green", "web", "cat", "/outside/file"), "blue");
      assert.match(warnings, /service web.*outside.*\(compose\.yml:\d+\)/);
    });

    test("--build takes what changed in one copy into that copy's image, and no other's", async () => {
      const root = (await world.must("path", "app/blue", "--root")).trim();
      const green = await docker("inspect", "cilo-app-green-web-1", "--format", "{{.Id}}");
      await writeFile(join(root, "tools/version"), "2\n");

      await world.must("up", "app/blue", "--build");
      await world.must("up", "app/green");

      assert.equal(await inside("app/blue", "web", "cat", "/version"), "2");
      assert.equal(await inside("app/green", "web", "cat", "/version"), "1");
      assert.equal(await docker("inspect", "cilo-app-green-web-1", "--format", "{{.Id}}"), green);
    });

    test("--recreate makes every container anew, at its address", async () => {
      const look = () => docker("inspect", "cilo-app-blue-web-1", "--format", "{{.Id}}");
      const [id, address] = [await look(), await addressOf("app/blue", "web")];

      await world.must("up", "app/blue", "--recreate");

      assert.notEqual(await look(), id);
      assert.equal(await addressOf("app/blue", "web"), address);
    });

    test("without the repository the context beside the project is missing, and up says which", async () => {
      await world.must("create", "app/alone", "--from", join(source, "app"), "--only-dir");

      const { code, stderr } = await world.cilo(["up", "app/alone"]);
      await world.must("destroy", "app/alone", "--force");

      assert.equal(code, 2, stderr);
      assert.match(stderr, /service \w+.*: build: it is built from beside the copy, where other copies are/);
    });
  });

  test("COMPOSE_FILE in .env names the files, with an env file of the user's own beside it", async () => {
    const web = "image: '${APP_IMAGE}', command: [sleep, '600'], init: true";
    const path = await world.write("listed", "services: { never: { image: none.invalid/x } }", {
      ".env": `COMPOSE_FILE=deploy/a.yml:deploy/b.yml\nAPP_IMAGE=${world.image}\n`,
      "deploy/a.yml": `services: { web: { ${web} } }`,
      "deploy/b.yml": "services: { web: { environment: { FROM: b } } }",
    });
    await world.must("create", "listed/blue", "--from", path);

    await world.must("up", "listed/blue");

    assert.match(await inside("listed/blue", "web", "env"), /^FROM=b$/m);
    await world.must("destroy", "listed/blue", "--force");
    assert.deepEqual(await world.engineObjects(), []);
  });
});
