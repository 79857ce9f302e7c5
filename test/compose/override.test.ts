import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { renderOverride } from "../../src/compose/override.ts";
import { readProject } from "../../src/compose/project.ts";
import { tellWarnings } from "../../src/model/finding.ts";
import { reasonWithoutCompose, runCompose } from "./compose-program.ts";
import { fixtures, renderFor } from "./fixture-project.ts";
import { inputOf } from "./model-builder.ts";

const skip = await reasonWithoutCompose();
const rich = join(fixtures, "rich");

test("renders the override of a project with a bit of everything", { skip }, async () => {
  const { rendered } = await renderFor({
    name: "login",
    projectDirectory: rich,
    files: [join(rich, "compose.yaml")],
  });

  assert.equal(rendered.override, await readFile(join(rich, "expected-override.yml"), "utf8"));
  assert.deepEqual(
    tellWarnings(rendered.findings, () => null),
    [
      'service web ("rich-web"): container_name is removed, as only one container can have it; inside the copy the name still resolves; use "cilo exec" where you used "docker exec"',
      "service metrics: network_mode host is kept, so every copy shares the host's ports and has no name of its own; set host_network: convert in .cilo/config.yml to put it on the copy's own network",
      "network back: internal has no effect, its services are on the environment's network and can reach the outside; set networks: preserve in .cilo/config.yml to keep them in",
      "volume data: its fixed name rich-data becomes cilo-shop-login_data, which starts empty",
      "volume dumps: external volume dumps is replaced by the environment's own cilo-shop-login_dumps, which starts empty; set keep_volumes: [dumps] in .cilo/config.yml to use the one there is in every copy",
      "service db: /var/lib/rich is outside the copy and can be written, so every copy shares it",
      "service metrics: /var/run/docker.sock is mounted, so it sees and can change the containers of every copy",
      "service web: label cilo.hostnames: shop.example is not under .test: programs on this machine that resolve through cilo get the container instead of the real one",
    ],
  );
});

test("the run file takes address and aliases from one service and leaves the others as they are", {
  skip,
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-run-file-"));
  t.after(() => rm(directory, { recursive: true }));
  const files = [join(rich, "compose.yaml")];
  const { rendered } = await renderFor({ name: "login", projectDirectory: rich, files });
  await writeFile(join(directory, "override.yml"), rendered.override);
  await writeFile(join(directory, "run.yml"), rendered.runFile("db"));

  const { base } = await readProject({
    run: runCompose,
    projectDirectory: rich,
    files: [...files, join(directory, "override.yml"), join(directory, "run.yml")],
    profiles: [],
    composeProject: "cilo-shop-login",
  });

  assert.deepEqual(base.services.db?.networks, { default: {} });
  assert.equal(base.services.web?.networks?.default?.ipv4_address, "10.224.3.12");
});

test("the run file of a service without a network changes nothing", () => {
  const { runFile } = renderOverride(inputOf({ services: { batch: { image: "x", network_mode: "none" } } }));

  assert.match(runFile("batch"), /\n"services":\n {2}"batch": \{\}\n$/);
});

test("there is no run file of a service that does not exist", () => {
  const { runFile } = renderOverride(inputOf({ services: { web: { image: "x" } } }));

  assert.throws(
    () => runFile("wbe"),
    (error: unknown) => {
      assert.ok(error instanceof CiloError);
      assert.equal(error.code, "CILO_SERVICE_NOT_FOUND");
      assert.match(error.hint ?? "", /web/);
      return true;
    },
  );
});

test("writes no section without entries", () => {
  const { override } = renderOverride(inputOf({ services: { cloud: { provider: { type: "cloud" } } } }));

  assert.doesNotMatch(override, /"services"|"volumes"/);
  assert.match(override, /"networks"/);
});

test("what it writes itself is no variable to Compose", () => {
  const input = inputOf({ services: { web: { build: { context: "/copy" } } } }, { installation: "in$stall" });

  const { override } = renderOverride(input);

  assert.equal(override.match(/"in\$\$stall"/g)?.length, 2);
});
