import type {
  Acknowledgement,
  AnsweredEnvironments,
  AnsweredRequest,
  ControlResults,
  DaemonStatus,
} from "../control/messages.ts";
import { keyOf } from "../model/environment.ts";
import type { Catalog } from "./catalog.ts";
import type { ControlHandler } from "./control-connection.ts";
import type { EngineWatcher } from "./engine-watcher.ts";
import type { Tracer } from "./trace-query.ts";

/** Makes what answers commands. */
export function createControlHandler(parts: {
  catalog: Catalog;
  engine: Pick<EngineWatcher, "refresh">;
  describe: () => DaemonStatus;
  trace: Tracer;
  stop: () => void;
}): ControlHandler {
  const { catalog, engine, describe, trace, stop } = parts;
  const acknowledge = (environmentId: string, warnings: string[]): Acknowledgement => ({
    revision: catalog.revisionOf(environmentId),
    serial: catalog.serial(),
    warnings,
  });
  const handle = (request: AnsweredRequest): ControlResults[AnsweredRequest["type"]] | ReturnType<Tracer> => {
    switch (request.type) {
      case "publish":
        catalog.publish(request);
        // What the command saw may have changed since; the engine has the last word.
        engine.refresh(request.environment.id);
        return acknowledge(request.environment.id, catalog.warningsOf(request.environment));
      case "withdraw":
        catalog.withdraw(request.environmentId, request.revision);
        return acknowledge(request.environmentId, []);
      case "environments":
        return describeEnvironments(catalog);
      case "status":
        return describe();
      case "trace":
        return trace(request);
      case "stop":
        // The reply goes out first.
        setImmediate(stop);
        return { pid: process.pid };
    }
  };
  return handle as ControlHandler;
}

/** A service may be called "__proto__", which an assignment would lose. */
function describeEnvironments(catalog: Catalog): AnsweredEnvironments {
  return {
    pid: process.pid,
    installation: catalog.installation(),
    revision: catalog.revision(),
    hasEngine: catalog.engineProblem() === null,
    environments: catalog.environments().map((environment) => ({
      id: environment.id,
      key: keyOf(environment),
      services: Object.fromEntries(
        Object.entries(environment.services).map(([name, { addresses }]) => [name, addresses]),
      ),
    })),
  };
}
