import type { VolumeFacts } from "../../model/engine.ts";

/** Set by engines from 23 on on every volume they made a name for. */
const anonymousLabel = "com.docker.volume.anonymous";
/** Set by Compose on every volume that a Compose file names. */
const composeVolumeLabel = "com.docker.compose.volume";

/** Tells whether the name is one that engines make up: 32 random bytes in hex. */
export function looksAnonymous(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/**
 * Tells whether the engine made a volume without being given a name: it says so, or, before 23 (and for volumes from before
 * an upgrade), it has a made-up name and Compose does not claim it.
 */
export function isAnonymousVolume(volume: VolumeFacts): boolean {
  if (Object.hasOwn(volume.labels, composeVolumeLabel)) return false;
  return Object.hasOwn(volume.labels, anonymousLabel) || looksAnonymous(volume.name);
}
