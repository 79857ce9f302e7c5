import { CiloError } from "../base/errors.ts";

/**
 * Waits for something that a check can do without.
 * @returns null when it cannot be had for a reason that another check tells.
 */
export async function ifKnown<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof CiloError) return null;
    throw error;
  }
}
