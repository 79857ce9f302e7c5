import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diskCheck, judgeSpace } from "../../src/doctor/disk-check.ts";
import { makeSurvey, toLines } from "./survey.ts";

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

describe("the disk check", () => {
  const cases: [string, { freeBytes: number; freeFiles: number | null }, string][] = [
    ["plenty", { freeBytes: 5 * gibibyte, freeFiles: 100_000 }, "ok: 5.0 GiB of 10 GiB are free where /h is"],
    ["no count of files", { freeBytes: gibibyte, freeFiles: null }, "ok: 1.0 GiB of 10 GiB are free where /h is"],
    [
      "little space",
      { freeBytes: gibibyte - 1, freeFiles: null },
      "warning: 1.0 GiB of 10 GiB are free where /h is -> df -h /h",
    ],
    [
      "hardly any space",
      { freeBytes: 99 * mebibyte, freeFiles: 100_000 },
      "problem: 99 MiB of 10 GiB are free where /h is -> df -h /h",
    ],
    [
      "few files",
      { freeBytes: 5 * gibibyte, freeFiles: 19_999 },
      "warning: 5.0 GiB of 10 GiB are free where /h is, but for 19999 files only -> df -i /h",
    ],
    [
      "hardly any files, and little space",
      { freeBytes: gibibyte / 2, freeFiles: 12 },
      "problem: 512 MiB of 10 GiB are free where /h is, but for 12 files only -> df -i /h",
    ],
  ];
  for (const [what, facts, expected] of cases) {
    test(`judges ${what}`, () => {
      assert.deepEqual(toLines([judgeSpace("/h", { ...facts, sizeBytes: 10 * gibibyte })]), [expected]);
    });
  }

  test("looks where CILO_HOME will be while it is not there", async () => {
    const asked: string[] = [];
    const survey = makeSurvey({
      home: "/data/u/.cilo",
      machine: {
        async fileSystem(path) {
          asked.push(path);
          if (path !== "/data") throw Object.assign(new Error("no such file"), { code: "ENOENT" });
          return { freeBytes: 5 * gibibyte, sizeBytes: 10 * gibibyte, freeFiles: null };
        },
      },
    });

    const findings = await diskCheck.run(survey);

    assert.deepEqual(toLines(findings), ["ok: 5.0 GiB of 10 GiB are free where /data/u/.cilo is"]);
    assert.deepEqual(asked, ["/data/u/.cilo", "/data/u", "/data"]);
  });
});
