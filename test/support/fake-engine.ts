import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Something that listens where an engine would. */
export interface FakeEngine extends AsyncDisposable {
  /** As DOCKER_HOST takes it. */
  endpoint: string;
  /** Ends every connection at once, as an engine that is killed does, and listens no more. */
  die(): Promise<void>;
}

/** Listens on a unix socket and answers HTTP, for replies that a real engine cannot be made to give. */
export function startFakeEngine(answer: RequestListener): Promise<FakeEngine> {
  return listen(createServer(answer));
}

/** Listens on a unix socket and leaves what is said there to `accept`, for peers that do not speak HTTP. */
export function startFakePeer(accept: (socket: Socket) => void): Promise<FakeEngine> {
  return listen(createTcpServer(accept));
}

async function listen(server: Server | TcpServer): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), "cilo-fake-"));
  const path = join(folder, "engine.sock");
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));

  const die = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    endpoint: `unix://${path}`,
    die,
    async [Symbol.asyncDispose]() {
      await die();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
