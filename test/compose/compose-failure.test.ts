import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { toComposeFailure } from "../../src/compose/compose-failure.ts";
import { reasonWithoutCompose } from "./compose-program.ts";
import { readAs } from "./fixture-project.ts";

const skip = await reasonWithoutCompose();

interface Refusal {
  what: string;
  compose: string;
  files?: Record<string, string>;
  /** How the message begins, after what did not work. */
  place: string;
  says: RegExp;
  /** DIR stands for the project's directory. */
  hint: string;
}

const includesOther = "include: [other.yml]\nservices: { web: { image: x } }\n";

const refusals: Refusal[] = [
  {
    what: "a variable without a value",
    compose: "services:\n  web:\n    image: x\n    environment:\n      KEY: ${NEEDED:?set it}\n",
    place: "compose.yml:5:7",
    says: /NEEDED is missing a value: set it/,
    hint: "set NEEDED in DIR/.env or in your shell (Compose reads .env beside the first Compose file)",
  },
  {
    what: "an env file that is not there",
    compose: "services:\n  web:\n    image: x\n    env_file: [secret.env]\n",
    place: "compose.yml",
    says: /secret\.env not found/,
    hint: "create DIR/secret.env; git does not carry ignored files such as .env, so copy it there from the directory you work in",
  },
  {
    what: "an included file that is not there",
    compose: includesOther,
    place: "compose.yml",
    says: /other\.yml: no such file/,
    hint: "create DIR/other.yml; git does not carry ignored files such as .env, so copy it there from the directory you work in",
  },
  {
    what: "a misspelt field",
    compose: "services:\n  web:\n    image: x\n    imagee: y\n",
    place: "compose.yml:4:5",
    says: /services\.web additional propert.* '?imagee'? (is )?not allowed$/i,
    hint: "correct imagee if misspelt, else update docker compose: the one installed does not know it",
  },
  {
    what: "a misspelt section",
    compose: "services:\n  web:\n    image: x\nvolumess: {}\n",
    place: "compose.yml:4:1",
    says: /additional propert.* '?volumess'? (is )?not allowed$/i,
    hint: "correct volumess if misspelt, else update docker compose: the one installed does not know it",
  },
  {
    what: "a misspelt field of an included file",
    compose: includesOther,
    files: { "other.yml": "services:\n  db:\n    imagee: y\n" },
    place: "other.yml:3:5",
    says: /services\.db additional propert/i,
    hint: "correct imagee if misspelt, else update docker compose: the one installed does not know it",
  },
  {
    what: "a field that only a newer version knows",
    compose: "services:\n  web:\n    image: x\n    pre_start: [{ command: x }]\n",
    place: "compose.yml:4:5",
    says: /pre_start/,
    hint: "update docker compose: pre_start needs 5.3.0 or newer",
  },
  {
    what: "a value of the wrong kind",
    compose: 'services:\n  web:\n    image: x\n    ports: "80:80"\n',
    place: "compose.yml:4:5",
    says: /services\.web\.ports must be an? /,
    hint: 'run "docker compose -f DIR/compose.yml config" in DIR to see it without cilo',
  },
  {
    what: "a duration that is none",
    compose: "services:\n  web:\n    image: x\n    healthcheck:\n      test: [CMD, x]\n      interval: soon\n",
    place: "compose.yml:6:7",
    says: /invalid duration/,
    hint: 'run "docker compose -f DIR/compose.yml config" in DIR to see it without cilo',
  },
  {
    what: "a brace that is not closed",
    compose: 'services:\n  web:\n    image: "x:${"\n',
    place: "compose.yml:3:5",
    says: /invalid interpolation format for services\.web\.image/,
    hint: "write $$ for a $ that is meant as it stands, or close the brace of the variable",
  },
  {
    what: "a circle of dependencies",
    compose: "services:\n  a: { image: x, depends_on: [b] }\n  b:\n    image: x\n    depends_on: [a]\n",
    place: "compose.yml:2:18",
    says: /dependency cycle detected: a -> b -> a$/,
    hint: "take one of these dependencies away",
  },
  {
    what: "a network that is not declared",
    compose: "services:\n  web:\n    image: x\n    networks:\n      - default\n      - front\n",
    place: "compose.yml:6:9",
    says: /undefined network front/,
    hint: 'add front under "networks" at the top level of the Compose file, or correct its name in service web',
  },
  {
    what: "a volume that is not declared",
    compose: 'services:\n  web:\n    image: x\n    volumes:\n      - "data:/data"\n',
    place: "compose.yml:5:9",
    says: /undefined volume data/,
    hint: 'add data under "volumes" at the top level of the Compose file, or correct its name in service web',
  },
  {
    what: "a dependency that is not there",
    compose: "services:\n  web:\n    image: x\n    depends_on: [db]\n",
    place: "compose.yml:4:18",
    says: /depends on undefined service "db"/,
    hint: "correct the name in service web, add a service db, or turn on the profile that db belongs to",
  },
  {
    what: "YAML that stops in the middle",
    compose: "services:\n  web:\n    image: x\n   ports: [\n",
    place: "compose.yml:4:1",
    says: /yaml: line 1: did not find expected key/,
    hint: "correct compose.yml there",
  },
  {
    what: "a field that is there twice",
    compose: "services:\n  web:\n    image: x\n    image: y\n",
    place: "compose.yml:4:5",
    says: /mapping key "image" already defined at line 3/,
    hint: "correct compose.yml there",
  },
  {
    what: "an alias without an anchor",
    compose: "services:\n  web: *nowhere\n",
    place: "compose.yml:2:8",
    says: /unknown anchor 'nowhere' referenced/,
    hint: "correct compose.yml there",
  },
  {
    what: "an included file that is no YAML",
    compose: includesOther,
    files: { "other.yml": "services:\n  db:\n    image: x\n   ports: [\n" },
    place: "other.yml:4:1",
    says: /yaml: line 1: did not find expected key/,
    hint: "correct other.yml there",
  },
];

describe("a project that Compose refuses", { skip }, () => {
  let root: string;
  before(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "cilo-compose-failure-")));
  });
  after(() => rm(root, { recursive: true }));

  async function refuse(name: string, files: Record<string, string>): Promise<CiloError> {
    const projectDirectory = join(root, name.replaceAll(" ", "-"));
    for (const [file, text] of Object.entries(files)) {
      const path = join(projectDirectory, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    const reading = readAs({ name: "blue", projectDirectory, files: [join(projectDirectory, "compose.yml")] });
    const error = await reading.then(
      () => assert.fail("it is read"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CiloError, String(error));
    assert.equal(error.code, "CILO_COMPOSE_INVALID");
    return error;
  }

  for (const { what, compose, files, place, says, hint } of refusals) {
    test(`for ${what}: the place, Compose's words, and what to do`, async () => {
      const { message, hint: given } = await refuse(what, { "compose.yml": compose, ...files });

      assert.equal(message.slice(0, message.indexOf(": ")), `docker compose cannot read ${place}`);
      assert.match(message, says);
      assert.equal(given?.replaceAll(join(root, what.replaceAll(" ", "-")), "DIR"), hint);
    });
  }

  test("for a line of an env file: what to do, and no word of the line", async () => {
    const compose = "services: { web: { image: x, env_file: a.env } }";

    const { message, hint } = await refuse("env", { "compose.yml": compose, "a.env": "s3cret w0rd\n" });

    assert.match(message, /1: key cannot contain a space$/);
    assert.match(hint ?? "", /^correct that line of (the|an) env file/);
    assert.doesNotMatch(message + hint, /s3cret|w0rd/);
  });
});

for (const [what, stderr, reason] of [
  [
    "a crash, without its stack",
    "panic: runtime error: index out of range [1] with length 1\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:1\n",
    "it crashed: panic: runtime error: index out of range [1] with length 1",
  ],
  [
    "what comes after warnings",
    "WARNING: Error loading config file: /h/config.json: unexpected EOF\nvalidating /p/c.yml: services must be a mapping\n",
    "services must be a mapping",
  ],
] as const) {
  test(`tells ${what}`, async () => {
    const result = {
      exitCode: 2,
      signal: null,
      stdout: "",
      stderr,
      timedOut: false,
      aborted: false,
      startFailure: null,
    };

    const failure = await toComposeFailure(result as Parameters<typeof toComposeFailure>[0], {
      projectDirectory: "/p",
      files: ["/p/c.yml"],
    });

    assert.equal(failure.message, `docker compose cannot read c.yml: ${reason}`);
  });
}
