/** The parts of a V8 CPU profile (`node --cpu-prof`) that are read here. */
export interface CpuProfile {
  nodes: ProfileNode[];
  /** Microseconds on the system's monotonic clock, which `process.hrtime` also shows. */
  startTime: number;
  /** The node that was on top of the stack, by its id, at each sample. */
  samples: number[];
  /** Microseconds from the sample before. */
  timeDeltas: number[];
}

export interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
}

/** What a function does for an answer. */
export const functionGroups = [
  "receive",
  "look-up",
  "encode",
  "send",
  "forward",
  "buffers",
  "event loop",
  "other code",
  "GC",
  "native",
  "idle",
] as const;
export type FunctionGroup = (typeof functionGroups)[number];

/** What V8 calls time that is no function's. */
const groupsOfV8: Readonly<Record<string, FunctionGroup>> = {
  "(idle)": "idle",
  "(garbage collector)": "GC",
  "(program)": "native",
  "(root)": "native",
};

/** Of cilo's files; the first that fits. */
const groupsOfFiles: readonly [RegExp, FunctionGroup][] = [
  [/\/dns\/(zone\/|zone\.ts)/, "look-up"],
  [/\/dns\/(answer[^/]*\.ts|wire\/(reply|records|edns)\.ts)$/, "encode"],
  [/\/dns\/(wire\/|server\/|server\.ts|question\.ts)/, "receive"],
  [/\/dns\/forward/, "forward"],
];

/** Of Node's own modules; what has no file is code of V8's, which only buffers make use of here. */
const groupsOfNode: readonly [RegExp, FunctionGroup][] = [
  [/^node:(internal\/)?dgram/, "send"],
  [/^node:(internal\/)?buffer/, "buffers"],
  [/^node:(internal\/process\/task_queues|internal\/timers|internal\/async_hooks|events)/, "event loop"],
  [/^$/, "buffers"],
];

/** Methods of the byte answerer that find the name; the file's others write the reply. */
const lookUpFunctions = /^#?(find|readName|hashNames|hasUsualHeader)$/;

/** Puts a function into its group. */
export function groupOf({ functionName, url }: ProfileNode["callFrame"]): FunctionGroup {
  const ofV8 = groupsOfV8[functionName];
  if (ofV8 !== undefined) return ofV8;
  if (url.endsWith("/dns/answer-bytes.ts") && lookUpFunctions.test(functionName)) return "look-up";
  // Node's one function of the datagram module that is not about sending.
  if (url.startsWith("node:dgram") && functionName === "onMessage") return "receive";
  const known = [...groupsOfFiles, ...groupsOfNode].find(([pattern]) => pattern.test(url));
  return known?.[1] ?? "other code";
}

/** Time that a function itself took, without what it called. */
export interface SelfTime {
  functionName: string;
  /** The last two parts of its file's path, and the line, from 1; "" for native code. */
  place: string;
  group: FunctionGroup;
  microseconds: number;
}

/**
 * Sums up each function's own time between two moments of the monotonic clock, longest first.
 * @param window microseconds.
 */
export function selfTimes(profile: CpuProfile, window: { from: number; to: number }): SelfTime[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, SelfTime>();
  let now = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const microseconds = profile.timeDeltas[index] ?? 0;
    now += microseconds;
    const frame = frames.get(id);
    if (frame === undefined || now < window.from || now > window.to) continue;
    const { functionName, url, lineNumber } = frame;
    const place = url === "" ? "" : `${url.split("/").slice(-2).join("/")}:${lineNumber + 1}`;
    const key = `${functionName} ${place}`;
    const known = times.get(key);
    if (known !== undefined) known.microseconds += microseconds;
    else times.set(key, { functionName: functionName || "(anonymous)", place, group: groupOf(frame), microseconds });
  }
  return [...times.values()].sort((left, right) => right.microseconds - left.microseconds);
}
