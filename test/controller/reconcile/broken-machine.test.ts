import assert from "node:assert/strict";
import { test } from "node:test";
import { diff } from "../../../src/controller/reconcile/diff.ts";
import { plan, renderPlan } from "../../../src/controller/reconcile/plan.ts";
import {
  containerOf,
  ended,
  installation,
  journal,
  networkOf,
  observationOf,
  runningEnvironment,
  volumeOf,
} from "./machine.ts";

const child = { pid: 52, startTime: "2", bootId: "b" };
const idle = { isOperationAlive: false, isChildAlive: false, workspace: "/w", hasWorkspace: true };

const half = runningEnvironment("half", 0, { status: "created", services: {}, operation: journal("create", "copy") });
const whole = runningEnvironment("whole", 1, { status: "created", services: {}, operation: journal("create", "copy") });
const cut = runningEnvironment("cut", 2, { status: "starting", operation: journal("up", "compose-up", { child }) });
const falling = runningEnvironment("falling", 3, { operation: journal("down", "compose-down") });
const dying = runningEnvironment("dying", 4, { status: "destroying", operation: journal("destroy", "remove-volumes") });
const moving = runningEnvironment("moving", 5, { status: "starting", operation: journal("migrate", "record-subnet") });
const rebooted = runningEnvironment("rebooted", 6);
const handled = runningEnvironment("handled", 7);
const busy = runningEnvironment("busy", 8, { operation: journal("up", "settle", { pid: 77 }) });
const homeless = runningEnvironment("homeless", 9);
const gone = runningEnvironment("gone", 10);
const theirs = { "cilo.installation": "22222222-2222-4222-8222-222222222222" };

const handledWeb = containerOf(handled, "web");
const goneWeb = containerOf(gone, "web");

const machine = observationOf([half, whole, cut, falling, dying, moving, rebooted, handled, busy, homeless], {
  engine: {
    containers: [
      containerOf(cut, "web"),
      containerOf(falling, "db"),
      ended(containerOf(rebooted, "web")),
      ended(containerOf(rebooted, "db"), 0),
      handledWeb,
      { ...ended(handledWeb), id: "new", name: `0123456789ab_${handledWeb.name}`, state: "created" },
      containerOf(handled, "db", { name: "renamed", addresses: { "cilo-shop-handled_default": "10.224.7.200" } }),
      ended(containerOf(handled, "old")),
      ended(containerOf(handled, "web", { id: "run", name: "run", labels: { "com.docker.compose.oneoff": "True" } })),
      containerOf(homeless, "web"),
      containerOf(homeless, "db"),
      goneWeb,
      containerOf(gone, "web", { id: "other", name: "other", labels: theirs, networkIds: {}, addresses: {} }),
    ],
    networks: [
      networkOf(cut),
      networkOf(falling),
      networkOf(handled),
      networkOf(handled, { id: "back", name: "cilo-shop-handled_back", subnets: ["10.225.7.0/24"] }),
      networkOf(homeless),
      networkOf(gone),
    ],
    volumes: [volumeOf(handled, "data"), volumeOf(gone, "data")],
    details: { [goneWeb.id]: { anonymousVolumes: ["5".repeat(64)] } },
  },
  traces: {
    [half.id]: { ...idle, hasWorkspace: false },
    [whole.id]: idle,
    [cut.id]: { ...idle, isChildAlive: true },
    [busy.id]: { ...idle, isOperationAlive: true },
    [homeless.id]: { ...idle, hasWorkspace: false },
  },
  strays: [
    { kind: "copy", path: "/h/envs/shop/.half.41-0123456789ab.copy", within: "/h/envs", pid: 41, holdsData: false },
    { kind: "generated", path: "/h/generated/shop/gone", within: "/h/generated", pid: null, holdsData: true },
  ],
  daemon: {
    installation,
    revision: 1,
    pid: 77,
    hasEngine: true,
    environments: { [gone.id]: { key: "shop/gone", services: { web: ["10.224.10.10"] } } },
  },
});

const expected = `\
end-child shop/cut — docker compose (pid 52) still runs, left by "up" (pid 41), which ended at step compose-up
undo-creation shop/half — "create" (pid 41) ended at step copy, before there was a workspace
finish-creation shop/whole — "create" (pid 41) ended at step copy; its workspace is whole
remove-container container 0123456789ab_cilo-shop-handled-web-1 — Compose was cut off while it put another container of shop/handled in its place
remove-container! container cilo-shop-gone-web-1 — left of shop/gone, which is no more; it runs; 1 volume without a name goes with it
remove-container container cilo-shop-handled-old-1 — shop/handled has no service of its kind any more
remove-container! container run — a one-off container of shop/handled that has ended; its files and its log go with it
remove-network! network cilo-shop-gone_default — left of shop/gone, which is no more
remove-network network cilo-shop-handled_back — shop/handled has no network of this name
remove-volume! volume cilo-shop-gone_data — left of shop/gone, which is no more; its data go with it
resume-destroy! shop/dying — "destroy" (pid 41) ended at step remove-volumes; what is left of it goes, volumes and workspace too
resume-down! shop/falling — "down" (pid 41) ended at step compose-down; it stops cilo-shop-falling-db-1
resume-migrate shop/moving — "migrate" (pid 41) ended at step record-subnet
clear-operation shop/cut — "up" (pid 41) ended at step compose-up; what runs is what counts
record-facts shop/handled — it is degraded, state says running; db is at 10.224.7.200, state says 10.224.7.11; the container of db is renamed, state says cilo-shop-handled-db-1
record-facts shop/rebooted — it is stopped, state says running; db is at no address, state says 10.224.6.11; web is at no address, state says 10.224.6.10
remove-files file /h/envs/shop/.half.41-0123456789ab.copy — half a workspace; process 41, which made it, has ended
remove-files! file /h/generated/shop/gone — generated for an environment that is no more; containers wrote in it
withdraw shop/gone — the DNS server answers for it, and it is no more
publish shop/homeless — db is at 10.224.9.11, the answer is no address; web is at 10.224.9.10, the answer is no address
notice shop/busy — "up shop/busy" is under way (pid 77): it is left alone; run: cilo status shop/busy
notice shop/homeless — its workspace is gone: /w; run: cilo destroy shop/homeless
notice shop/rebooted — container cilo-shop-rebooted-db-1 was on a network cilo-shop-rebooted_default that is gone; it can only be made anew; run: cilo up shop/rebooted
notice shop/rebooted — container cilo-shop-rebooted-web-1 was on a network cilo-shop-rebooted_default that is gone; it can only be made anew; run: cilo up shop/rebooted
`;

test("the plan for a machine with everything wrong at once", () => {
  assert.equal(renderPlan(plan(diff(machine))), expected);
});
