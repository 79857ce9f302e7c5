import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";

/**
 * What becomes of a request. `hang`: it is taken and never answered; `hang-in-body`: the reply begins and stops in its body; `close`: the connection ends
 * before a reply, `close-in-body` in the middle of one; `fail`: 500, without the engine having heard of it; `delay`: the reply comes late.
 */
export type Fault = "hang" | "hang-in-body" | "close" | "close-in-body" | "fail" | "delay";

export interface FaultRule {
  /** "POST /containers/create": method and path without the API's version; null: every request. */
  request: RegExp | null;
  fault: Fault;
  /** The first of its kind that meets the fault; default 1. All after it meet it too. */
  nth?: number;
  /** From then on everything stands still, as with an engine that is stopped: what comes, and what was under way. */
  freezes?: boolean;
  delayMs?: number;
}

/** Stands between its clients and a real engine, on a unix socket of its own, and breaks what passes as it is told. */
export interface EngineProxy extends AsyncDisposable {
  /** As DOCKER_HOST takes it. */
  endpoint: string;
  /** What was asked, "POST /containers/create", in the order in which it came. */
  requests: string[];
  /** Requests from now on meet this. Replaces the rule before. */
  breakAt(rule: FaultRule): void;
  /** Settles when a request has met the rule. */
  met(): Promise<void>;
  /** Everything passes again, what was held up too. */
  heal(): void;
  /** Ends all connections and listens no more; there is no socket then. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
}

/** A gate that everything passes while it is open. */
interface Gate {
  shut(): void;
  open(): void;
  pass(): Promise<void>;
}

function createGate(): Gate {
  let opening: { promise: Promise<void>; resolve: () => void } | null = null;
  return {
    shut() {
      opening ??= Promise.withResolvers<void>();
    },
    open() {
      opening?.resolve();
      opening = null;
    },
    async pass() {
      await opening?.promise;
    },
  };
}

/** @param endpoint of the engine, a unix socket. */
export async function startEngineProxy(endpoint: string): Promise<EngineProxy> {
  const engineSocket = endpoint.replace(/^unix:\/\//, "");
  const folder = await mkdtemp(join(tmpdir(), "cilo-proxy-"));
  const path = join(folder, "docker.sock");
  const requests: string[] = [];
  const all = createGate();
  const held = createGate();
  let rule: FaultRule | null = null;
  let seen = 0;
  let meeting = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();

  function judge(message: IncomingMessage): FaultRule | null {
    const name = `${message.method} ${(message.url ?? "").replace(/^\/v1\.\d+/, "")}`;
    requests.push(name);
    if (rule === null || (rule.request !== null && !rule.request.test(name))) return null;
    seen += 1;
    if (seen < (rule.nth ?? 1)) return null;
    meeting.resolve();
    if (rule.freezes) all.shut();
    held.shut();
    return rule;
  }

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const met = judge(message);
    if (met?.fault === "close") return void message.socket.destroy();
    if (met?.fault === "fail") return void response.writeHead(500).end('{"message":"out of order"}');
    if (met?.fault === "hang") await held.pass();
    if (met?.fault === "delay") await new Promise((resolve) => setTimeout(resolve, met.delayMs ?? 1_000));
    await all.pass();
    // Whoever asked may have gone meanwhile.
    if (!message.socket.destroyed) forward(message, response, met?.fault ?? null);
  }

  function forward(message: IncomingMessage, response: ServerResponse, fault: Fault | null): void {
    const { method, url, headers } = message;
    const asked = request({ socketPath: engineSocket, method, path: url, headers, agent: false });
    asked.on("error", () => message.socket.destroy());
    response.on("close", () => asked.destroy());
    asked.on("response", (reply) => {
      response.writeHead(reply.statusCode ?? 0, reply.headers);
      response.flushHeaders();
      reply.on("error", () => message.socket.destroy());
      const passing = new Transform({
        async transform(chunk: Buffer, _encoding, done) {
          await all.pass();
          if (fault === "hang-in-body") {
            this.push(chunk.subarray(0, 1));
            await held.pass();
            return done(null, chunk.subarray(1));
          }
          if (fault === "close-in-body") {
            response.write(chunk.subarray(0, 1), () => message.socket.destroy());
            return;
          }
          done(null, chunk);
        },
      });
      reply.pipe(passing).pipe(response);
    });
    message.pipe(asked);
  }

  /** `attach`, `exec` and builds leave HTTP behind. */
  async function tunnel(message: IncomingMessage, client: Socket, head: Buffer): Promise<void> {
    const met = judge(message);
    client.on("error", () => client.destroy());
    if (met?.fault === "close" || met?.fault === "fail") return void client.destroy();
    if (met) await held.pass();
    await all.pass();
    if (client.destroyed) return;
    const engine = connect(engineSocket);
    engine.on("error", () => client.destroy());
    client.on("close", () => engine.destroy());
    const lines = Array.from({ length: message.rawHeaders.length / 2 }, (_, index) =>
      message.rawHeaders.slice(index * 2, index * 2 + 2).join(": "),
    );
    engine.write(`${message.method} ${message.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    engine.write(head);
    const passing = new Transform({
      async transform(chunk, _encoding, done) {
        await all.pass();
        done(null, chunk);
      },
    });
    engine.pipe(passing).pipe(client);
    client.pipe(engine);
  }

  const server = createServer((message, response) => void answer(message, response));
  server.on("upgrade", (message, client: Socket, head) => void tunnel(message, client, head));
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  const listen = () => new Promise<void>((resolve) => server.listen(path, resolve));
  const refuse = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const heal = () => {
    rule = null;
    held.open();
    all.open();
  };
  await listen();
  return {
    endpoint: `unix://${path}`,
    requests,
    breakAt(next) {
      rule = next;
      seen = 0;
      meeting = Promise.withResolvers<void>();
    },
    met: () => meeting.promise,
    heal,
    refuse,
    listen,
    async [Symbol.asyncDispose]() {
      heal();
      await refuse();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
