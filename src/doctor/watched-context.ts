import type { ControllerContext } from "../controller/context.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";

/** A controller's context whose connections are let go of when it is disposed of, and that says nothing after that. */
export interface WatchedContext extends AsyncDisposable {
  context: ControllerContext;
  /** Where the engine was looked for last; null when it was not yet. */
  lastEndpoint(): string | null;
}

/** Watches what a context is used for: an engine that hangs gives nothing back that its user could let go of. */
export function watchContext(given: ControllerContext): WatchedContext {
  const opened: RuntimeProvider[] = [];
  const told = new Set<string>();
  let isOver = false;
  return {
    context: {
      ...given,
      openRuntime(endpoint, limits) {
        const runtime = given.openRuntime(endpoint, limits);
        opened.push(runtime);
        return runtime;
      },
      // Several wait for the same engine at once, and go on waiting after it was given up.
      emit(event) {
        const text = "text" in event ? event.text : event.line;
        if (isOver || told.has(text)) return;
        told.add(text);
        given.emit(event);
      },
    },
    lastEndpoint: () => opened.at(-1)?.endpoint ?? null,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(opened.map((runtime) => runtime[Symbol.asyncDispose]()));
    },
  };
}
