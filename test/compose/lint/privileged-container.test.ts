import assert from "node:assert/strict";
import { test } from "node:test";
import { findPrivilegedContainers } from "../../../src/compose/lint/privileged-container.ts";
import { contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const gpu = { resources: { reservations: { devices: [{ driver: "nvidia", count: -1, capabilities: ["gpu"] }] } } };
const other = { resources: { reservations: { devices: [{ driver: "x", capabilities: ["tpu"] }] } } };

const cases: [web: object, places: string[]][] = [
  [{ privileged: true }, ["note shared services.web.privileged"]],
  [{ privileged: false }, []],
  [{ build: { context: "/copy", privileged: "true" } }, ["note shared services.web.build.privileged"]],
  [
    { cap_add: ["SYS_ADMIN", "cap_sys_time", "ALL"] },
    [
      "note shared services.web.cap_add#SYS_ADMIN",
      "note shared services.web.cap_add#cap_sys_time",
      "note shared services.web.cap_add#ALL",
    ],
  ],
  [{ cap_add: ["NET_ADMIN", "CHOWN"] }, ["note services.web.cap_add#NET_ADMIN"]],
  [{ cap_add: ["NET_ADMIN"], network_mode: "host" }, ["note shared services.web.cap_add#NET_ADMIN"]],
  [{ devices: ["/dev/ttyUSB0:/dev/tty0:rw"] }, ["note shared services.web.devices#/dev/ttyUSB0"]],
  [{ devices: [{ source: "/dev/snd", target: "/dev/snd" }] }, ["note shared services.web.devices#/dev/snd"]],
  [{ devices: ["/dev/net/tun:/dev/net/tun", { source: "/dev/fuse" }, 7, null] }, []],
  [{ device_cgroup_rules: ["c 1:3 mr"] }, ["note shared services.web.device_cgroup_rules"]],
  [{ gpus: "all" }, ["note shared services.web.gpus"]],
  [{ gpus: [{ count: 1 }] }, ["note shared services.web.gpus"]],
  [{ deploy: gpu }, ["note shared services.web.deploy.resources.reservations.devices"]],
  [{ deploy: other }, []],
];

for (const [web, places] of cases) {
  test(`${JSON.stringify(web)}: ${places.length === 0 ? "no right over the machine" : "it is told"}`, () => {
    const findings = findPrivilegedContainers(contextOf({ services: { web: { image: "web", ...web } } }));

    assert.deepEqual(placesOf(findings), places);
  });
}
