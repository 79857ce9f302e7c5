import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { hasErrorCode } from "../base/errors.ts";
import { toBuffer, toBytePath } from "./byte-path.ts";
import { walkTree } from "./walk-tree.ts";

/** Makes all files and directories below a directory survive a power cut. Those this user may not open are left to the operating system. */
export async function syncTree(directory: string): Promise<void> {
  await walkTree(toBytePath(directory), async ({ path }) => {
    try {
      await using handle = await open(toBuffer(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      await handle.sync();
    } catch (error) {
      // A symbolic link is part of its directory; some file systems cannot sync one of these.
      if (!hasErrorCode(error, "ELOOP", "EMLINK", "EACCES", "EPERM", "EINVAL", "ENOENT")) throw error;
    }
  });
}
