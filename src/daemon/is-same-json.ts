/**
 * Whether two values that JSON can hold are equal; the order of an object's fields does not count. Thousands of
 * environments are compared at once when state is read again, so it does less than `isDeepStrictEqual`, which looks at
 * prototypes and circles too.
 */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  for (const name of names) if (!Object.hasOwn(right, name) || !isSameJson(left[name], right[name])) return false;
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
