/**
 * Works through a growing stack, newest first, with at most `concurrency` at once. Newest first keeps a walk of a tree deep rather than
 * wide, so that the stack stays small.
 * @param work may push more; nothing new is begun once one has thrown or the signal is aborted
 * @returns when the stack is empty and nothing runs any more
 * @throws what the first failing `work` threw, or the signal's reason, after those under way have ended
 */
export function workDepthFirst<T>(
  first: readonly T[],
  options: { concurrency: number; signal?: AbortSignal | undefined },
  work: (item: T, push: (item: T) => void) => Promise<void>,
): Promise<void> {
  const stack = [...first];
  const failures: unknown[] = [];
  let running = 0;
  return new Promise((resolve, reject) => {
    const step = () => {
      if (options.signal?.aborted && failures.length === 0) failures.push(options.signal.reason);
      while (failures.length === 0 && running < options.concurrency) {
        const item = stack.pop();
        if (item === undefined) break;
        running++;
        work(item, (more) => stack.push(more))
          .catch((error: unknown) => failures.push(error))
          .finally(() => {
            running--;
            step();
          });
      }
      if (running > 0) return;
      if (failures.length > 0) reject(failures[0]);
      else resolve();
    };
    step();
  });
}
