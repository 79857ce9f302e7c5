import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lastLines } from "../../src/controller/last-lines.ts";

const progress = [
  " Network cilo-shop-blue_default  Created",
  " Container cilo-shop-blue-db-1  Creating",
  " Container cilo-shop-blue-db-1  Error",
];

/** What Compose writes when there is no terminal. */
const rows: [what: string, output: { stdout?: string[]; stderr: string[] }, expected: string][] = [
  [
    "the engine's word on a container, after progress (2.26)",
    { stderr: [...progress, "Error response from daemon: no such image: db: No such image: db:latest"] },
    "Error response from daemon: no such image: db: No such image: db:latest",
  ],
  [
    "it once where the container's progress repeats it (2.40)",
    {
      stderr: [
        ...progress,
        " Container cilo-shop-blue-db-1  Error response from daemon: No such image: db:latest",
        "Error response from daemon: No such image: db:latest",
      ],
    },
    "Error response from daemon: No such image: db:latest",
  ],
  [
    "a dependency's end, which has none of the words of a failure",
    {
      stderr: [
        ...progress,
        " Container cilo-shop-blue-job-1  Waiting",
        ` Container cilo-shop-blue-job-1  service "job" didn't complete successfully: exit 3`,
        `service "job" didn't complete successfully: exit 3`,
      ],
    },
    `service "job" didn't complete successfully: exit 3`,
  ],
  [
    "what the step of a build wrote, and how it ended",
    {
      stdout: [
        "#5 [web 2/2] RUN make",
        "#5 0.148 main.c:1: no semicolon",
        "#5 ERROR: executor failed running [/bin/sh -c make]: exit code: 7",
        "------",
        " > [web 2/2] RUN make:",
        "0.148 main.c:1: no semicolon",
        "------",
      ],
      stderr: [
        'time="2026-11-20T17:55:50Z" level=warning msg="Docker Compose is configured to build using Bake, but buildx isn\'t installed"',
        "failed to solve: executor failed running [/bin/sh -c make]: exit code: 7",
      ],
    },
    [
      "> [web 2/2] RUN make:",
      "0.148 main.c:1: no semicolon",
      "failed to solve: executor failed running [/bin/sh -c make]: exit code: 7",
    ].join("\n"),
  ],
  [
    "five lines of many",
    { stderr: Array.from({ length: 9 }, (_, index) => `invalid ${index}`) },
    "invalid 4\ninvalid 5\ninvalid 6\ninvalid 7\ninvalid 8",
  ],
  ["all there is when nothing tells", { stdout: ["one", "", "two"], stderr: [] }, "one\ntwo"],
];

describe("lastLines", () => {
  for (const [what, { stdout = [], stderr }, expected] of rows) {
    it(`gives ${what}`, () => {
      assert.equal(lastLines({ stdout: stdout.join("\n"), stderr: stderr.join("\n") }), expected);
    });
  }

  it("cuts what the step of a build wrote to its end", () => {
    const written = Array.from({ length: 50 }, (_, index) => `0.1 line ${index}`);

    const lines = lastLines({ stdout: ["> [2/2] RUN make:", ...written].join("\n"), stderr: "failed to solve" });

    assert.deepEqual(lines.split("\n"), ["> [2/2] RUN make:", ...written.slice(-9), "failed to solve"]);
  });
});
