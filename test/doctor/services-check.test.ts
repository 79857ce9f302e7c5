import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { servicesCheck } from "../../src/doctor/services-check.ts";
import type { ContainerFacts } from "../../src/model/engine.ts";
import type { Environment, Operation } from "../../src/model/environment.ts";
import { labelsOfContainer } from "../../src/model/labels.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { makeSurvey, noObjects, toLines } from "./survey.ts";

const services = { db: makeService({ replicas: 1 }), web: makeService({ replicas: 1 }) };
const well = ["ok: every environment that runs has all its services"];
const installation = makeState([]).installation;

function container(service: string, changes: Partial<ContainerFacts> = {}): ContainerFacts {
  const blue = makeEnvironment();
  const labels = {
    ...labelsOfContainer(installation, blue, service),
    "com.docker.compose.project": blue.composeProject,
    "com.docker.compose.config-hash": "hash",
  };
  return {
    ...{ id: service, name: `cilo-shop-blue-${service}-1`, labels, state: "running", health: "none", exitCode: null },
    ...{ addresses: { "cilo-shop-blue_default": "10.224.0.10" }, image: "busybox", imageId: "sha256:0" },
    ...changes,
  };
}

async function check(changes: Partial<Environment>, containers: ContainerFacts[]): Promise<string[]> {
  const state = makeState([makeEnvironment({ services, ...changes })]);
  const survey = makeSurvey({ state: async () => state, objects: async () => ({ ...noObjects, containers }) });
  return toLines(await servicesCheck.run(survey));
}

describe("the check of services", () => {
  test("is content with an environment that runs whole, and with one that is down", async () => {
    assert.deepEqual(await check({}, [container("db"), container("web")]), well);
    assert.deepEqual(await check({ status: "stopped" }, []), well);
  });

  test("names what is not well of one that runs, with the command that starts it", async () => {
    assert.deepEqual(await check({}, [container("db", { health: "unhealthy" })]), [
      "warning: shop/blue is degraded: db is unhealthy, web is missing -> cilo up shop/blue",
    ]);
  });

  test("names one that could not be started", async () => {
    assert.deepEqual(await check({ status: "failed" }, []), [
      "warning: shop/blue has failed: db is missing, web is missing -> cilo up shop/blue",
    ]);
  });

  test("leaves one alone that an operation is at work on", async () => {
    const operation: Operation = {
      ...{ kind: "up", pid: 41, startTime: "1", bootId: "boot", child: null },
      ...{ step: "settle", startedAt: "2026-11-20T11:00:00.000Z" },
    };

    assert.deepEqual(await check({ operation }, [container("db")]), well);
  });

  test("takes no notice of another installation's containers", async () => {
    const labels = { ...container("web").labels, "cilo.installation": "another" };

    assert.deepEqual(await check({}, [container("db"), container("web", { labels })]), [
      "warning: shop/blue is degraded: web is missing -> cilo up shop/blue",
    ]);
  });
});
