/** Lets a bounded number of tasks run at a time, and leaves room for every server's. */
export interface SocketGate {
  /**
   * Runs a task when there is room; tasks for one server begin in the order they came.
   * @param server whom the task asks, as `formatUpstream` writes it.
   * @throws what the task throws; the signal's reason when it is aborted before the task began.
   */
  run<T>(server: string, task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface SocketGateOptions {
  /** How many tasks run at a time. */
  limit: number;
  /** How many begin in one turn of the event loop, so that a burst of them does not hold up everything else. */
  perTurn: number;
}

/** The tasks for one server. */
interface Lane {
  running: number;
  readonly waiting: Set<() => void>;
}

/**
 * A server may have so many times as many tasks as there is room left. Sockets to a dead one are held for seconds: were
 * it to get all of them, names that others answer would wait as long (Choudhury and Hahne, "Dynamic queue length
 * thresholds for shared-memory packet switches", 1998). One server alone gets three quarters.
 */
const shareOfRoomLeft = 3;

/** Makes a gate for tasks that each hold a socket. */
export function createSocketGate({ limit, perTurn }: SocketGateOptions): SocketGate {
  const lanes = new Map<string, Lane>();
  let running = 0;
  let begunThisTurn = 0;

  /** One of each lane in turn, as long as there is room; lanes that are empty go. */
  function admit(): void {
    for (let hasBegun = true; hasBegun; ) {
      hasBegun = false;
      for (const [server, lane] of lanes) {
        const [begin] = lane.waiting;
        if (begin === undefined && lane.running === 0) lanes.delete(server);
        if (begin === undefined || !hasRoom(lane)) continue;
        lane.waiting.delete(begin);
        enter(lane);
        begin();
        hasBegun = true;
      }
    }
  }

  function hasRoom(lane: Lane): boolean {
    return begunThisTurn < perTurn && lane.running < shareOfRoomLeft * (limit - running);
  }

  function enter(lane: Lane): void {
    lane.running += 1;
    running += 1;
    begunThisTurn += 1;
    if (begunThisTurn > 1) return;
    setImmediate(() => {
      begunThisTurn = 0;
      admit();
    });
  }

  function leave(lane: Lane): void {
    lane.running -= 1;
    running -= 1;
    admit();
  }

  function laneOf(server: string): Lane {
    const lane = lanes.get(server) ?? { running: 0, waiting: new Set() };
    lanes.set(server, lane);
    return lane;
  }

  return {
    async run(server, task, signal) {
      signal.throwIfAborted();
      const lane = laneOf(server);
      if (hasRoom(lane)) enter(lane);
      else await untilRoom(lane, signal);
      try {
        return await task();
      } finally {
        leave(lane);
      }
    },
  };
}

function untilRoom({ waiting }: Lane, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      waiting.delete(begin);
      reject(signal.reason);
    };
    const begin = () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    signal.addEventListener("abort", onAbort);
    waiting.add(begin);
  });
}
