import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { provenMs, type SettleOptions, settle } from "../../src/controller/settle.ts";
import type { ContainerDetails } from "../../src/model/engine.ts";
import { labelKeys } from "../../src/model/labels.ts";
import { makeEnvironment, makeService } from "../support/environment.ts";

const installation = "11111111-1111-4111-8111-111111111111";

function containerOf(service: string, changes: Partial<ContainerDetails> = {}): ContainerDetails {
  return {
    id: `id-${service}`,
    name: `cilo-shop-blue-${service}-1`,
    labels: { [labelKeys.service]: service },
    state: "running",
    health: "none",
    exitCode: null,
    addresses: {},
    image: "web",
    imageId: "sha256:1",
    volumes: [],
    anonymousVolumes: [],
    startedAt: startedAgo(60_000),
    restartCount: 0,
    ...changes,
  };
}

function startedAgo(ageMs: number): string {
  return new Date(Date.now() - ageMs).toISOString();
}

/** Settles an environment on an engine that shows these containers. @param show its containers at a look, the first is 1. */
async function settleWith(
  show: (look: number) => ContainerDetails[],
  options: Partial<Pick<SettleOptions, "timeoutMs" | "signal">> = {},
) {
  let looks = 0;
  const runtime: SettleOptions["runtime"] = {
    async listContainers() {
      looks += 1;
      return show(looks);
    },
    inspectContainer: async (id) => show(looks).find((container) => container.id === id) ?? null,
    async containerLogs(id) {
      if (id === "id-mute") throw new CiloError("CILO_ENGINE_REQUEST_FAILED", "there is no log");
      return `last words of ${id}\n`;
    },
  };
  const services = Object.fromEntries(
    show(1).map(({ labels }) => [labels[labelKeys.service] ?? "", makeService({ replicas: 1 })]),
  );
  const environment = makeEnvironment({ services });
  const signal = new AbortController().signal;
  const result = await settle({ runtime, installation, environment, timeoutMs: 5_000, signal, ...options });
  return { ...result, looks };
}

describe("settling", () => {
  test("believes at once what has run for long", async () => {
    const { failed, looks, details } = await settleWith(() => [containerOf("web"), containerOf("db")]);

    assert.deepEqual(failed, []);
    assert.equal(looks, 1);
    assert.deepEqual(
      details.map(({ id }) => id),
      ["id-web", "id-db"],
    );
  });

  test("waits until the youngest container has run long enough, and not for each of them", async () => {
    const containers = [500, 300, 100, 0].map((ageMs, index) =>
      containerOf(`s${index}`, { startedAt: startedAgo(ageMs) }),
    );

    const { failed, looks } = await settleWith(() => containers);

    assert.deepEqual(failed, []);
    for (const { startedAt } of containers) assert.ok(Date.now() - Date.parse(startedAt) >= provenMs);
    // A timer may fire a little early, which costs one look more.
    assert.ok(looks <= 3, `${looks} looks`);
  });

  test("believes a health check without waiting for the container's age", async () => {
    const young = { startedAt: startedAgo(0) };

    const { failed, looks } = await settleWith((look) => [
      containerOf("web", { ...young, health: look < 4 ? "starting" : "healthy" }),
    ]);

    assert.deepEqual(failed, []);
    assert.equal(looks, 4);
  });

  test("gives up at once when a service ended with an error, with what it wrote", async () => {
    const { failed, looks } = await settleWith(() => [
      containerOf("web", { state: "exited", exitCode: 3 }),
      containerOf("mute", { state: "exited", exitCode: 1 }),
      containerOf("db", { health: "starting" }),
    ]);

    assert.equal(looks, 1);
    assert.deepEqual(failed, [
      { service: "web", status: "exited", logs: "last words of id-web" },
      { service: "mute", status: "exited", logs: "" },
      { service: "db", status: "starting", logs: "last words of id-db" },
    ]);
  });

  test("notices a container that ends before it has run long enough", async () => {
    const startedAt = startedAgo(0);

    const { failed } = await settleWith((look) => [
      containerOf("web", look === 1 ? { startedAt } : { startedAt, state: "exited", exitCode: 1 }),
    ]);

    assert.deepEqual(
      failed.map(({ service, status }) => [service, status]),
      [["web", "exited"]],
    );
  });

  test("gives up after its time, naming what is not ready", async () => {
    const { failed } = await settleWith(() => [containerOf("web"), containerOf("db", { health: "starting" })], {
      timeoutMs: 50,
    });

    assert.deepEqual(
      failed.map(({ service, status }) => [service, status]),
      [["db", "starting"]],
    );
  });

  test("calls a container that its restart policy starts again and again restarting", async () => {
    const { failed } = await settleWith(() => [containerOf("web", { startedAt: startedAgo(100), restartCount: 3 })], {
      timeoutMs: 0,
    });

    assert.deepEqual(
      failed.map(({ service, status }) => [service, status]),
      [["web", "restarting"]],
    );
  });

  test("ends with the signal", async () => {
    const signal = AbortSignal.abort(new Error("stop"));

    await assert.rejects(
      settleWith(() => [containerOf("web")], { signal }),
      { message: "stop" },
    );
  });
});
