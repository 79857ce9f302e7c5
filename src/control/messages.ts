import * as v from "valibot";
import { type ErrorCode, errorTable } from "../base/errors.ts";
import { type EnvironmentStatus, environmentStatuses } from "../model/environment.ts";
import type { PublishedEnvironment } from "../model/published.ts";
import type { DaemonStatus } from "./daemon-status.ts";
import type { QueryTrace } from "./trace.ts";

export type { DaemonStatus } from "./daemon-status.ts";

/**
 * Version of what CLI and daemon say to each other; one JSON object a line, over a unix socket. It grows when a message
 * means something else than before, not with a request that is new: a daemon that does not know one says so. `status`
 * and `stop` are the same in every version, their results' fields only added to, so that a cilo can see and end the
 * daemon of another.
 * 1 (2026-11-20): status, publish, withdraw, stop, trace, logs, environments.
 */
export const protocolVersion = 1;

/** Longest line either side takes, in bytes; an environment of 200 services is about 40 kB. */
export const maxLineBytes = 4 * 1024 * 1024;

/** Longest name and type that are looked at, in characters; no name on the wire is a third as long. */
const maxTracedLength = 1_024;

/** What a command tells the daemon after it has written state. */
export interface PublishRequest {
  type: "publish";
  /** The state revision that holds these facts. */
  revision: number;
  status: EnvironmentStatus;
  composeProject: string;
  environment: PublishedEnvironment;
}

/** An environment is no more. */
export interface WithdrawRequest {
  type: "withdraw";
  revision: number;
  environmentId: string;
}

/** Has a query answered, from the cache or by asking upstreams as any query, and asks how that came about. */
export interface TraceRequest {
  type: "trace";
  /** ASCII, with or without a final dot. */
  name: string;
  /** "A", "TYPE65". */
  recordType: string;
  transport: "udp" | "tcp";
}

/** Asks for log lines, which follow the reply as one `LogRecord` a line. */
export interface LogsRequest {
  type: "logs";
  /** Queries instead of the daemon's own log. */
  queries: boolean;
  /** How many of the last lines to begin with. */
  tail: number;
  /** Whether to go on as more is written. */
  follow: boolean;
}

/** What is answered with one reply. */
export type AnsweredRequest =
  | PublishRequest
  | WithdrawRequest
  | TraceRequest
  | { type: "environments" }
  | { type: "status" }
  | { type: "stop" };

export type ControlRequest = AnsweredRequest | LogsRequest;

/** What the daemon answers with now. */
export interface Acknowledgement {
  /** State revision of what is answered for this environment; higher than the one sent when something newer was known. */
  revision: number;
  /** SOA serial of the zone. */
  serial: number;
  /** What the zone has to say of the published environment's names; one line each. */
  warnings: string[];
}

/** All environments that the daemon answers for, and what it knows them from. */
export interface AnsweredEnvironments {
  pid: number;
  /** Of the state it has taken over; null before the first. */
  installation: string | null;
  /** Newest state revision that is answered from. */
  revision: number;
  /** Whether addresses are what the engine shows; if not, they are what is remembered. */
  hasEngine: boolean;
  environments: {
    id: string;
    /** "shop/login" */
    key: string;
    /** IPv4 addresses by service. */
    services: Record<string, string[]>;
  }[];
}

export interface ControlResults {
  environments: AnsweredEnvironments;
  publish: Acknowledgement;
  withdraw: Acknowledgement;
  status: DaemonStatus;
  stop: { pid: number };
  trace: QueryTrace;
  /** Lines follow. */
  logs: Record<string, never>;
}

export type ControlReply =
  | { protocol: number; ok: true; result: unknown }
  | { protocol: number; ok: false; error: { code: ErrorCode; message: string; hint: string | null } };

/** JSON has room for more than a number of ours may be: 1e999 is Infinity, which no later revision would surpass. */
const revision = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const publishedEnvironment = v.object({
  id: v.string(),
  project: v.string(),
  name: v.string(),
  suffix: v.string(),
  shortNames: v.boolean(),
  subnet: v.string(),
  keptNetworks: v.exactOptional(v.record(v.string(), v.string())),
  createdAt: v.string(),
  services: v.record(
    v.string(),
    v.object({
      addresses: v.array(v.pipe(v.string(), v.ipv4())),
      ports: v.array(v.number()),
      hostnames: v.array(v.string()),
      ingress: v.boolean(),
      namespaceOf: v.nullable(v.string()),
    }),
  ),
});

const timelessRequest = v.variant("type", [
  v.object({ type: v.literal("status") }),
  v.object({ type: v.literal("stop") }),
]);

const request = v.variant("type", [
  ...timelessRequest.options,
  v.object({
    type: v.literal("publish"),
    revision,
    status: v.picklist(environmentStatuses),
    composeProject: v.string(),
    environment: publishedEnvironment,
  }),
  v.object({ type: v.literal("withdraw"), revision, environmentId: v.string() }),
  v.object({
    type: v.literal("trace"),
    name: v.pipe(v.string(), v.maxLength(maxTracedLength)),
    recordType: v.pipe(v.string(), v.maxLength(maxTracedLength)),
    transport: v.picklist(["udp", "tcp"]),
  }),
  v.object({ type: v.literal("environments") }),
  v.object({
    type: v.literal("logs"),
    queries: v.boolean(),
    tail: v.pipe(v.number(), v.integer(), v.minValue(0)),
    follow: v.boolean(),
  }),
]);

const requestEnvelope = v.object({ protocol: v.number(), request: v.unknown() });

/** Tells a request that is the same in every version of the protocol. */
export function isTimeless({ type }: ControlRequest): boolean {
  return type === "status" || type === "stop";
}

/** What came in on the socket: a request, or why it is none. */
export type ParsedRequest = { request: ControlRequest } | { problem: string };

/** Reads one line that the daemon received. */
export function parseRequest(line: string): ParsedRequest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: "the line is not JSON" };
  }
  const envelope = v.safeParse(requestEnvelope, value);
  if (!envelope.success) return { problem: "the message has no protocol and request" };
  const timeless = v.safeParse(timelessRequest, envelope.output.request);
  if (timeless.success) return { request: timeless.output };
  if (envelope.output.protocol !== protocolVersion) {
    return { problem: `protocol ${envelope.output.protocol} is not ${protocolVersion}` };
  }
  const parsed = v.safeParse(request, envelope.output.request);
  if (!parsed.success) return { problem: parsed.issues.map((issue) => issue.message).join("; ") };
  return { request: parsed.output };
}

/** Tells a code of cilo's from other text. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorTable, value);
}

const replyEnvelope = v.variant("ok", [
  v.object({ protocol: v.number(), ok: v.literal(true), result: v.unknown() }),
  v.object({
    protocol: v.number(),
    ok: v.literal(false),
    error: v.object({
      code: v.custom<ErrorCode>(isErrorCode),
      message: v.string(),
      hint: v.nullable(v.string()),
    }),
  }),
]);

/**
 * Reads a line that the daemon sent, or gives null when it is no reply. The result inside is trusted when the protocol number is ours: the
 * socket is mode 0600, so the daemon at its other end is this user's.
 */
export function parseReply(line: string): ControlReply | null {
  try {
    const parsed = v.safeParse(replyEnvelope, JSON.parse(line));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
