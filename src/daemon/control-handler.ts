import type { Acknowledgement, ControlResults, DaemonStatus } from "../control/messages.ts";
import type { Catalog } from "./catalog.ts";
import type { ControlHandler } from "./control-server.ts";
import type { EngineWatcher } from "./engine-watcher.ts";

/** Makes what answers commands. */
export function createControlHandler(parts: {
  catalog: Catalog;
  engine: Pick<EngineWatcher, "refresh">;
  describe: () => DaemonStatus;
  stop: () => void;
}): ControlHandler {
  const { catalog, engine, describe, stop } = parts;
  const acknowledge = (environmentId: string, warnings: string[]): Acknowledgement => ({
    revision: catalog.revisionOf(environmentId),
    serial: catalog.serial(),
    warnings,
  });
  const handle = (request: Parameters<ControlHandler>[0]): ControlResults[keyof ControlResults] => {
    switch (request.type) {
      case "publish":
        catalog.publish(request);
        // What the command saw may have changed since; the engine has the last word.
        engine.refresh(request.environment.id);
        return acknowledge(request.environment.id, catalog.warningsOf(request.environment));
      case "withdraw":
        catalog.withdraw(request.environmentId, request.revision);
        return acknowledge(request.environmentId, []);
      case "status":
        return describe();
      case "stop":
        // The reply goes out first.
        setImmediate(stop);
        return { pid: process.pid };
    }
  };
  return handle as ControlHandler;
}
