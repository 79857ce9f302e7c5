import type { IncomingMessage, RequestOptions } from "node:http";
import { CiloError } from "../../base/errors.ts";
import type { Connection } from "./connection.ts";
import { toRequestFailure } from "./engine-error.ts";
import { httpModule } from "./http-module.ts";
import { limitRequest } from "./patience.ts";
import { toUnreachable } from "./unreachable.ts";

export interface HttpReply {
  status: number;
  body: Buffer;
}

export interface GetOptions {
  query?: Record<string, string>;
  /** For the whole exchange; default the connection's patience. */
  timeoutMs?: number;
  /** A longer body is refused, or cut there with `cutBody`. */
  maxBodyBytes?: number;
  cutBody?: boolean;
}

/** Ten thousand containers are listed in less. */
const defaultMaxBodyBytes = 64 * 1024 * 1024;
/** A refusal is a sentence. */
const maxRefusalBytes = 64 * 1024;

/**
 * Asks the engine with one GET and gives back its JSON, not yet parsed into anything, or null when it says 404.
 *
 * Paths carry no API version: each engine then answers with its newest, and there is no version that all of them speak
 * (20.10 ends at 1.41, 29 begins at 1.44).
 * @throws CILO_ENGINE_UNREACHABLE, and CILO_ENGINE_REQUEST_FAILED with what the engine said (details.status).
 */
export async function getJson(connection: Connection, path: string, options: GetOptions = {}): Promise<unknown> {
  const reply = await get(connection, path, options);
  if (reply.status === 404) return null;
  if (reply.status !== 200)
    throw toRequestFailure(`answer GET ${path}`, { status: reply.status, reason: readEngineMessage(reply.body) });
  try {
    return JSON.parse(reply.body.toString("utf8"));
  } catch (cause) {
    throw new CiloError(
      "CILO_ENGINE_REQUEST_FAILED",
      `the reply of ${connection.endpoint} to GET ${path} is not JSON`,
      {
        hint: "check that a Docker Engine listens there",
        cause,
      },
    );
  }
}

/**
 * Sends one GET to the engine and reads the whole reply, whatever its status.
 * @throws CILO_ENGINE_UNREACHABLE, CILO_ENGINE_REQUEST_FAILED when the body is longer than `maxBodyBytes`, and the
 * reason of the patience's signal.
 */
export async function get(connection: Connection, path: string, options: GetOptions = {}): Promise<HttpReply> {
  const query = new URLSearchParams(options.query).toString();
  const maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes;
  const timeoutMs = options.timeoutMs ?? connection.patience.questionTimeoutMs;
  const { signal, toReason } = limitRequest(connection, { timeoutMs });
  try {
    const response = await send(connection, { path: query === "" ? path : `${path}?${query}`, signal });
    const body = await readBody(response, maxBodyBytes);
    if (body.complete || options.cutBody) return { status: response.statusCode ?? 0, body: body.bytes };
  } catch (error) {
    if (signal.aborted) throw toReason(error);
    throw toUnreachable(error, connection);
  }
  throw new CiloError(
    "CILO_ENGINE_REQUEST_FAILED",
    `the engine's reply to GET ${path} is longer than ${maxBodyBytes} bytes`,
  );
}

/**
 * Sends one GET to the engine whose reply may go on for ever, and gives back that reply once it has begun. Aborting `signal` ends it, as destroying it does.
 * @param options.action what is asked, as "report events".
 * @throws CILO_ENGINE_REQUEST_FAILED when the engine refuses, else what node:http throws.
 */
export async function openStream(
  connection: Connection,
  path: string,
  options: { query: Record<string, string>; action: string; signal: AbortSignal },
): Promise<IncomingMessage> {
  const { query, action, signal } = options;
  const response = await send(connection, { path: `${path}?${new URLSearchParams(query)}`, signal });
  const status = response.statusCode ?? 0;
  if (status === 200) return response;
  const { bytes } = await readBody(response, maxRefusalBytes);
  throw toRequestFailure(action, { status, reason: readEngineMessage(bytes) });
}

function send(connection: Connection, options: RequestOptions): Promise<IncomingMessage> {
  const { address, tls } = connection;
  const place = address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
  const { request: start } = httpModule(tls !== null);
  return new Promise((resolve, reject) => {
    // No agent: a kept-alive connection does not outlive a restart of the engine, and a command asks once or twice.
    const request = start({ ...options, ...place, ...(tls === null ? {} : toPem(tls)), agent: false });
    request.on("response", resolve);
    request.on("error", reject);
    request.end();
  });
}

function toPem(tls: NonNullable<Connection["tls"]>): { ca?: string; cert?: string; key?: string } {
  const { ca, cert, key } = tls;
  return { ...(ca === null ? {} : { ca }), ...(cert === null ? {} : { cert }), ...(key === null ? {} : { key }) };
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<{ bytes: Buffer; complete: boolean }> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    // Leaving the loop destroys the response, and with it the connection.
    if (sizeBytes > maxBytes) return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), complete: false };
  }
  return { bytes: Buffer.concat(chunks), complete: true };
}

/**
 * What the engine says in the body of a refusal: `{"message": "..."}`, or plain text; a proxy in between may answer in
 * its place.
 */
export function readEngineMessage(body: Buffer): string {
  const text = body.toString("utf8").trim();
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) return String(parsed.message);
  } catch {
    // Not JSON: the text itself is the message.
  }
  if (/^<(!doctype|html)\b/i.test(text)) return "a web page came back, as from a proxy in between";
  return text.slice(0, 500) || "no reason given";
}
