import { CiloError } from "../base/errors.ts";
import { withinTimeLimit } from "./time-limit.ts";

/** Makes questions that several checks ask, and that are to be put only once. */
export interface Questioning {
  /**
   * @param teller the check whose part it is to tell when there is no answer.
   * @param toError what to say when it takes too long.
   * @returns what asks when it is called first, and gives the same answer each time after.
   */
  once<T>(teller: string, ask: () => Promise<T>, toError: () => CiloError): () => Promise<T>;
  /** The check whose part it is to tell of an error that a question ended with; null for any other error. */
  tellerOf(error: unknown): string | null;
}

/** @param limitMs how long each question may take. */
export function createQuestioning({ limitMs, signal }: { limitMs: number; signal: AbortSignal }): Questioning {
  const tellers = new WeakMap<Error, string>();
  return {
    once(teller, ask, toError) {
      const giveUp = () => {
        throw toError();
      };
      let asked: ReturnType<typeof ask> | undefined;
      return () => {
        asked ??= withinTimeLimit(ask(), { limitMs, signal, giveUp }).catch((error: unknown) => {
          if (error instanceof CiloError) tellers.set(error, teller);
          throw error;
        });
        return asked;
      };
    },
    tellerOf: (error) => (error instanceof Error ? (tellers.get(error) ?? null) : null),
  };
}
