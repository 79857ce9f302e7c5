const hook = Symbol.for("cilo.fault-point");

/**
 * Marks an instant at which this process may be cut off. Does nothing: only a test that has loaded its own hook before
 * the program kills, stops or holds up the process here. No variable, flag or file reaches it.
 * @param name "state.replaced", of one place in the source only.
 */
export function faultPoint(name: string): void {
  (globalThis as { [hook]?: (name: string) => void })[hook]?.(name);
}
