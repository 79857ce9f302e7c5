import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { readSocketDrops } from "../process-usage.ts";
import { encodeQuery, types } from "./dns-message.ts";

/** Whom to ask, and what. */
export interface QueryLoadOptions<T> {
  port: number;
  queriesPerSecond: number;
  /** The next query: its name, and what is to be remembered with it until the reply. */
  next: () => { name: string; memory: T };
  /** Called with every reply. */
  onReply: (packet: Buffer, memory: T) => void;
}

/** What became of the queries. */
export interface QueryLoadResult {
  sent: number;
  answered: number;
  /** Without a reply 2 s after the last query was sent. */
  lost: number;
  /** Of those lost: queries the server's socket had no room for, and replies this process's had none for. */
  dropped: { server: number; client: number };
  /** Of those answered. */
  latenciesMs: number[];
}

export interface QueryLoad {
  /** Sends no more, waits for the replies still to come, closes. */
  stop(): Promise<QueryLoadResult>;
}

/** How long replies are waited for at the end. */
const lostAfterMs = 2_000;
/** After a pause of this process the queries it owes are sent, but not more than these at once. */
const maxBurst = 50;
/** Ids come round after 13 s at 5,000 queries a second; whatever has no reply by then is lost. */
const idCount = 65_536;

interface Outstanding<T> {
  sentAt: number;
  memory: T;
}

/** Asks a server at a steady rate, from one socket, until it is stopped. */
export async function startQueryLoad<T>(options: QueryLoadOptions<T>): Promise<QueryLoad> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  socket.connect(options.port, "127.0.0.1");
  await once(socket, "connect");
  const load = new RunningLoad(socket, options, await readSocketDrops(options.port));
  return { stop: () => load.stop() };
}

class RunningLoad<T> {
  readonly #socket: Socket;
  readonly #options: QueryLoadOptions<T>;
  readonly #dropsBefore: number;
  readonly #outstanding = new Map<number, Outstanding<T>>();
  readonly #latenciesMs: number[] = [];
  readonly #sending: Promise<void>;
  #sent = 0;
  #isRunning = true;

  constructor(socket: Socket, options: QueryLoadOptions<T>, dropsBefore: number) {
    this.#socket = socket;
    this.#options = options;
    this.#dropsBefore = dropsBefore;
    socket.on("message", (packet) => this.#receive(packet));
    // A refused datagram is a query without a reply; it is counted as such.
    socket.on("error", () => {});
    this.#sending = this.#sendUntilStopped();
  }

  async stop(): Promise<QueryLoadResult> {
    this.#isRunning = false;
    await this.#sending;
    const end = performance.now() + lostAfterMs;
    while (this.#outstanding.size > 0 && performance.now() < end) await delay(10);
    const dropped = {
      server: (await readSocketDrops(this.#options.port)) - this.#dropsBefore,
      client: await readSocketDrops(this.#socket.address().port),
    };
    this.#socket.close();
    const answered = this.#latenciesMs.length;
    return { sent: this.#sent, answered, lost: this.#sent - answered, dropped, latenciesMs: this.#latenciesMs };
  }

  async #sendUntilStopped(): Promise<void> {
    const { queriesPerSecond } = this.#options;
    let owedSince = performance.now();
    for (; this.#isRunning; await delay(1)) {
      const owed = Math.floor(((performance.now() - owedSince) / 1_000) * queriesPerSecond);
      owedSince += (owed / queriesPerSecond) * 1_000;
      for (let count = Math.min(owed, maxBurst); count > 0; count -= 1) this.#sendOne();
    }
  }

  #sendOne(): void {
    const { name, memory } = this.#options.next();
    const id = this.#sent % idCount;
    this.#sent += 1;
    this.#outstanding.set(id, { sentAt: performance.now(), memory });
    this.#socket.send(encodeQuery({ id, name, type: types.A }));
  }

  #receive(packet: Buffer): void {
    const id = packet.length < 12 ? -1 : packet.readUInt16BE(0);
    const query = this.#outstanding.get(id);
    if (query === undefined) return;
    this.#outstanding.delete(id);
    this.#latenciesMs.push(performance.now() - query.sentAt);
    this.#options.onReply(packet, query.memory);
  }
}
