import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Connection } from "./connection.ts";
import { toRequestFailure } from "./engine-error.ts";
import { readEngineMessage } from "./http.ts";
import { httpModule } from "./http-module.ts";
import { toUnreachable } from "./unreachable.ts";

export interface ArchiveRequest {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  query?: Record<string, string>;
  /** JSON, or the bytes of an archive. */
  body?: { json: unknown } | { archive: Readable | Buffer };
  /** What is asked, as "read volume shop_data". */
  action: string;
  signal?: AbortSignal | undefined;
}

/** An engine that neither sends nor takes a byte for this long hangs. */
const idleTimeoutMs = 120_000;
/** A refusal is a sentence, and what making something replies is short too. */
const maxReplyBytes = 1024 * 1024;

/**
 * Sends one request whose body or reply may be an archive of any length.
 * @returns the reply once it has begun, its body not read
 * @throws CILO_ENGINE_UNREACHABLE, CILO_ENGINE_REQUEST_FAILED, the signal's reason, and what reading the body's archive
 * throws
 */
export async function requestArchive(connection: Connection, request: ArchiveRequest): Promise<IncomingMessage> {
  const response = await send(connection, request);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  throw toRequestFailure(request.action, { status, reason: readEngineMessage(await readAll(response)) });
}

/** The same for a short reply, which is read. */
export async function requestReply(connection: Connection, request: ArchiveRequest): Promise<string> {
  return (await readAll(await requestArchive(connection, request))).toString("utf8");
}

function send(connection: Connection, request: ArchiveRequest): Promise<IncomingMessage> {
  const { address, tls } = connection;
  const place = address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
  const certificates = Object.entries(tls ?? {}).filter(([name, value]) => name !== "directory" && value !== null);
  const query = new URLSearchParams(request.query).toString();
  const { body } = request;
  const type = body === undefined ? {} : { "content-type": "json" in body ? "application/json" : "application/x-tar" };
  return new Promise((resolve, reject) => {
    let failure: unknown = null;
    const outgoing = httpModule(tls !== null).request({
      ...place,
      ...Object.fromEntries(certificates),
      method: request.method,
      path: query === "" ? request.path : `${request.path}?${query}`,
      headers: type,
      agent: false,
      timeout: idleTimeoutMs,
      signal: request.signal,
    });
    outgoing.on("timeout", () => outgoing.destroy(new DOMException("nothing came", "TimeoutError")));
    outgoing.on("response", resolve);
    outgoing.on("error", (error) => {
      if (request.signal?.aborted) reject(request.signal.reason);
      else reject(failure ?? toUnreachable(error, connection));
    });
    if (body === undefined) outgoing.end();
    else if ("json" in body) outgoing.end(JSON.stringify(body.json));
    else if (Buffer.isBuffer(body.archive)) outgoing.end(body.archive);
    else {
      const { archive } = body;
      archive.once("error", (error) => {
        failure = error;
      });
      // The engine's own word, when it refuses in the middle, says more than a pipe that broke.
      pipeline(archive, outgoing).catch(() => {});
    }
  });
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= maxReplyBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
