import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { labelsOfProbe } from "../../src/model/labels.ts";
import { isMember, observeServices } from "../../src/model/observation.ts";
import { makeEnvironment, makeService } from "../support/environment.ts";

describe("labelsOfProbe", () => {
  test("a probe container is cilo's and no service's, whatever labels its image brings along", () => {
    const environment = makeEnvironment({ services: { web: makeService({ replicas: 0 }) } });
    const ofImage = { "cilo.service": "web", "com.docker.compose.project": environment.composeProject };

    const labels: Record<string, string> = {
      ...ofImage,
      ...labelsOfProbe("i", environment, new Date("2026-11-20T12:00:00Z")),
    };

    const container = {
      id: "c",
      name: "probe",
      labels,
      state: "running",
      health: "none",
      exitCode: null,
      addresses: {},
      image: "x",
      imageId: "x",
    } as const;
    assert.deepEqual(
      [labels.cilo, labels["cilo.id"], labels["cilo.installation"], labels["cilo.probe"]],
      ["true", environment.id, "i", "2026-11-20T12:00:00.000Z"],
    );
    assert.equal(isMember(environment.composeProject, container), false);
    assert.deepEqual(observeServices(environment, [container]), {
      web: { status: "off", addresses: [], containers: [] },
    });
  });
});
