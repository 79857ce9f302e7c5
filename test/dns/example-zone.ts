import { buildZone, type Zone, type ZoneEnvironment } from "../../src/dns/zone.ts";
import type { PublishedService } from "../../src/model/published.ts";

/** A service with what a test does not care about filled in. */
export function service(addresses: string[], facts: Partial<PublishedService> = {}): PublishedService {
  return { addresses, ports: [80], hostnames: [], ingress: false, namespaceOf: null, ...facts };
}

/** An environment `project/name` with what a test does not care about filled in. */
export function environment(
  key: string,
  services: Record<string, PublishedService>,
  facts: Partial<ZoneEnvironment> = {},
): ZoneEnvironment {
  const [project = "", name = ""] = key.split("/");
  return {
    id: key,
    project,
    name,
    suffix: "test",
    shortNames: true,
    subnet: "10.224.1.0/24",
    createdAt: "2026-01-01T00:00:00.000Z",
    status: "running",
    revision: 1,
    services,
    ...facts,
  };
}

/** Addresses of one service, too many for a datagram of 1232 octets. */
export const crowdAddresses = Array.from({ length: 80 }, (_, index) => `10.224.1.${100 + index}`);

/** Two projects that both have an environment `e1`; the first has the short names. */
export const exampleEnvironments: ZoneEnvironment[] = [
  environment("shop/e1", {
    web: service(["10.224.1.10"], { ingress: true, hostnames: ["admin", "shop.example.dev", "a.b"] }),
    api: service(["10.224.1.11", "10.224.1.12", "10.224.1.13"]),
    my_db: service(["10.224.1.14"]),
    sidecar: service([], { namespaceOf: "web" }),
    stopped: service([]),
    crowd: service(crowdAddresses),
  }),
  environment(
    "blog/e1",
    {
      web: service(["10.224.2.10"], {
        ingress: true,
        hostnames: ["shop.example.dev", "*.wild.example.dev", "x.y.blog.e1.test"],
      }),
    },
    { shortNames: false, subnet: "10.224.2.0/24", createdAt: "2026-01-02T00:00:00.000Z" },
  ),
];

/** The zone of the two. */
export function exampleZone(serial = 7): Zone {
  return buildZone({ environments: exampleEnvironments, suffix: "test", baseSubnet: "10.224.0.0/16", serial });
}
