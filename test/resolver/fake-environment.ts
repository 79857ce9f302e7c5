import type { ResolverEnvironment } from "../../src/resolver/detect.ts";

/** A machine for detection, as data. */
export interface FakeMachine {
  platform?: string;
  /** Text by path. */
  files?: Record<string, string>;
  /** Link targets by path; a file without one is itself. */
  links?: Record<string, string>;
  /** Standard output by command line; what is not here is not installed or fails. */
  commands?: Record<string, string>;
}

/** Answers from the data and nothing else. */
export function fakeEnvironment(machine: FakeMachine): ResolverEnvironment {
  const { platform = "linux", files = {}, links = {}, commands = {} } = machine;
  return {
    platform,
    readFile: async (path) => files[path] ?? null,
    realPath: async (path) => links[path] ?? (path in files ? path : null),
    run: async (file, args) => commands[[file, ...args].join(" ")] ?? null,
  };
}
