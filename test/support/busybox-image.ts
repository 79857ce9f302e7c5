import { importBusyboxImage, removeImage } from "../../scripts/demo-image.ts";

export interface TestImage {
  /** Takes the name off; the image goes with it unless a container still uses it. No error when it is gone. */
  remove(): Promise<void>;
}

/**
 * Gives the engine an image named `tag` made of this machine's static busybox: no registry can be reached where tests run. Test files run in parallel, so
 * each takes a tag of its own.
 */
export async function ensureBusyboxImage(tag: string): Promise<TestImage> {
  await importBusyboxImage(tag);
  return { remove: () => removeImage(tag) };
}
