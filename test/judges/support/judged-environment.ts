import { makeEnvironment, makeService } from "../../support/environment.ts";

/** Of one service: too many for a datagram of 1232 octets. */
const crowd = Array.from({ length: 80 }, (_, index) => `10.224.0.${100 + index}`);

/** `shop/blue`, with a service of every kind that makes another reply. */
export const judgedEnvironment = makeEnvironment({
  services: {
    web: makeService({
      address: "10.224.0.10",
      addresses: ["10.224.0.10"],
      ports: [8080],
      hostnames: ["admin", "shop.example.dev"],
      ingress: true,
    }),
    api: makeService({ addresses: ["10.224.0.11", "10.224.0.12", "10.224.0.13"], ports: [80] }),
    my_db: makeService({ addresses: ["10.224.0.14"], ports: [5432] }),
    crowd: makeService({ addresses: crowd }),
  },
});
