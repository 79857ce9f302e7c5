import { statfs } from "node:fs/promises";
import { findPortOwner, isPortHeld, type ListeningPlace, type PortOwner } from "../base/port-owner.ts";
import { type HostRoute, readHostRoutes } from "../network/routes.ts";
import { type DetectedMechanism, detectMechanism, systemResolverEnvironment } from "../resolver/detect.ts";
import { type Knock, knock } from "./knock.ts";
import { type LookUp, lookUpNames } from "./look-up-names.ts";

/** How full a file system is. */
export interface FileSystemFacts {
  freeBytes: number;
  sizeBytes: number;
  /** Files that can still be made; null where the file system has no fixed number of them. */
  freeFiles: number | null;
}

/** The questions that checks ask the machine they run on; nothing in it changes anything. */
export interface Machine {
  /** Whoever runs this; null where there are no such numbers. */
  userId: number | null;
  fileSystem(path: string): Promise<FileSystemFacts>;
  routes(): Promise<HostRoute[]>;
  /** How the operating system can be told to send names to us. */
  mechanism(): Promise<DetectedMechanism>;
  /** The text of a file of the resolver's setup, or null when there is none. */
  readSetupFile(path: string): Promise<string | null>;
  /** Asks as every program does, through the C library. */
  lookUp(names: readonly string[]): Promise<Map<string, LookUp>>;
  isPortHeld(place: ListeningPlace): Promise<boolean>;
  /** Null when nobody holds it, and when this user may not see who does. */
  portOwner(place: ListeningPlace): Promise<PortOwner | null>;
  /** Whether packets reach an address and come back. */
  knock(address: string): Promise<Knock>;
}

/** This machine. */
export function createMachine(env: NodeJS.ProcessEnv): Machine {
  return {
    userId: process.getuid?.() ?? null,
    async fileSystem(path) {
      const { bavail, blocks, bsize, files, ffree } = await statfs(path);
      return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize, freeFiles: files === 0 ? null : ffree };
    },
    routes: () => readHostRoutes(),
    mechanism: () => detectMechanism(systemResolverEnvironment),
    readSetupFile: (path) => systemResolverEnvironment.readFile(path),
    lookUp: (names) => lookUpNames(names, env),
    isPortHeld,
    portOwner: findPortOwner,
    knock,
  };
}
