import * as v from "valibot";
import { isJsonObject } from "../schema-parts.ts";

/** What is read of version 1, the Go program's first file. */
export const version1Schema = v.looseObject({
  environments: v.nullish(v.custom<Record<string, unknown>>(isJsonObject, "expected an object")),
});

/**
 * Version 1 to 2: the environments move under the host they run on, which is the only one there was.
 *
 * BEFORE
 *
 *     { "version": 1, "subnet_counter": 3, "environments": { "shop/login": { ... } } }
 *
 * AFTER
 *
 *     { "version": 2, "subnet_counter": 3,
 *       "hosts": { "local": { "id": "local", "provider": "docker", "environments": { "shop/login": { ... } } } } }
 */
export function toVersion2(before: v.InferOutput<typeof version1Schema>): Record<string, unknown> {
  const { environments, ...rest } = before;
  return {
    ...rest,
    version: 2,
    hosts: { local: { id: "local", provider: "docker", environments: environments ?? {} } },
  };
}
