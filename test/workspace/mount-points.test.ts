import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMountPoints } from "../../src/workspace/mount-points.ts";

test("reads mount points with blanks and backslashes in them", () => {
  const mountInfo = [
    "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw",
    "36 22 0:31 /sub /home/ada/my\\040data\\134x rw master:2 - tmpfs tmpfs rw,size=1024k",
    "",
  ].join("\n");

  assert.deepEqual(parseMountPoints(mountInfo), ["/", "/home/ada/my data\\x"]);
});
