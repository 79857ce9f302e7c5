import { nodeConnectMethod, nodeLookupMethod } from "./node.ts";
import { perlConnectMethod } from "./perl.ts";
import type { ProbeMethod } from "./probe-method.ts";
import { pythonConnectMethods, pythonLookupMethods } from "./python.ts";
import { curlMethod, shellConnectMethods, shellLookupMethods } from "./shell.ts";

/** Ways to open connections, to be tried in this order until one is seen to work. */
export const connectMethods: readonly ProbeMethod[] = [
  ...shellConnectMethods,
  ...pythonConnectMethods,
  nodeConnectMethod,
  perlConnectMethod,
  curlMethod,
];

/** Ways to ask the engine's DNS, to be tried in this order until one is seen to work. */
export const lookupMethods: readonly ProbeMethod[] = [...shellLookupMethods, ...pythonLookupMethods, nodeLookupMethod];

/** Ways for a container to do nothing for so many seconds, one for each family of methods. */
export const idleCommands: readonly ((seconds: number) => string[])[] = [
  (seconds) => ["sh", "-c", `exec sleep ${seconds}`],
  (seconds) => ["python3", "-c", `import time; time.sleep(${seconds})`],
  (seconds) => ["node", "-e", `setTimeout(() => {}, ${seconds * 1000})`],
  (seconds) => ["perl", "-e", `sleep ${seconds}`],
];
