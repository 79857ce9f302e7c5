import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CiloError } from "../../src/base/errors.ts";
import { contains, formatCidr, overlaps, parseCidr, toBlock } from "../../src/network/cidr.ts";
import { allocateSubnet, countSubnets, findCollision, groupHolders, type TakenSubnet } from "../../src/network/pool.ts";

const pool = "10.224.0.0/16";

function allocate(from: string, ...cidrs: string[]): string {
  return allocateSubnet({ pool: from, prefixLength: 24, taken: cidrs.map((cidr) => ({ cidr, holder: "somebody" })) });
}

function refusalOf(run: () => unknown): CiloError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof CiloError);
    return error;
  }
  throw new Error("nothing was thrown");
}

function blockOf(cidr: string) {
  const block = parseCidr(cidr);
  assert.ok(block !== null);
  return block;
}

describe("allocateSubnet", () => {
  const cases: { name: string; pool?: string; taken: string[]; want: string }[] = [
    { name: "begins with the first block", taken: [], want: "10.224.0.0/24" },
    { name: "fills the lowest hole", taken: ["10.224.0.0/24", "10.224.2.0/24"], want: "10.224.1.0/24" },
    { name: "passes a larger block as a whole", taken: ["10.224.0.0/20"], want: "10.224.16.0/24" },
    { name: "leaves a block of which a part is taken", taken: ["10.224.0.128/25"], want: "10.224.1.0/24" },
    { name: "leaves a block of which one address is taken", taken: ["10.224.0.7/32"], want: "10.224.1.0/24" },
    { name: "ignores what is outside the pool", taken: ["10.223.0.0/16", "192.168.0.0/24"], want: "10.224.0.0/24" },
    { name: "ignores IPv6", taken: ["fd00::/64"], want: "10.224.0.0/24" },
    {
      name: "takes overlapping entries in any order",
      taken: ["10.224.3.0/24", "10.224.0.0/23", "10.224.0.0/24", "10.224.2.0/25"],
      want: "10.224.4.0/24",
    },
    {
      name: "keeps going after a small block inside a large one",
      taken: ["10.224.0.0/22", "10.224.1.0/24"],
      want: "10.224.4.0/24",
    },
    { name: "gives the only block of a pool of one", pool: "10.9.8.0/24", taken: [], want: "10.9.8.0/24" },
    { name: "gives the last block", pool: "10.9.8.0/23", taken: ["10.9.8.0/24"], want: "10.9.9.0/24" },
    { name: "reads a pool with host bits", pool: "10.9.8.7/16", taken: [], want: "10.9.0.0/24" },
    {
      name: "works at the end of the address space",
      pool: "255.255.254.0/23",
      taken: ["255.255.254.0/24"],
      want: "255.255.255.0/24",
    },
  ];
  for (const { name, pool: from = pool, taken, want } of cases) {
    test(name, () => {
      assert.equal(allocate(from, ...taken), want);
    });
  }

  test("names who has what when nothing is free, the largest first", () => {
    const taken: TakenSubnet[] = [
      { cidr: "10.9.8.0/24", holder: "environment shop/blue" },
      { cidr: "10.9.10.0/23", holder: "the host's route through tun0" },
      { cidr: "10.9.9.0/24", holder: "environment shop/green" },
      { cidr: "192.168.0.0/24", holder: "nobody here" },
    ];

    const error = refusalOf(() => allocateSubnet({ pool: "10.9.8.0/22", prefixLength: 24, taken }));

    assert.equal(error.code, "CILO_POOL_EXHAUSTED");
    assert.equal(
      error.message,
      "no /24 is free in 10.9.8.0/22: the host's route through tun0 has 10.9.10.0/23; " +
        "environment shop/blue has 10.9.8.0/24; environment shop/green has 10.9.9.0/24",
    );
    assert.match(
      error.hint ?? "",
      /"cilo network status".*"cilo destroy ENVIRONMENT".*network\.base_subnet in config\.yml/,
    );
    assert.deepEqual(error.details.holders, [
      { holder: "the host's route through tun0", subnets: ["10.9.10.0/23"] },
      { holder: "environment shop/blue", subnets: ["10.9.8.0/24"] },
      { holder: "environment shop/green", subnets: ["10.9.9.0/24"] },
    ]);
  });

  test("keeps the message short however many hold the pool", () => {
    const taken = Array.from({ length: 256 }, (_, index) => ({
      cidr: `10.224.${index}.0/24`,
      holder: index < 100 ? "one with many" : `environment shop/e${index}`,
    }));

    const error = refusalOf(() => allocateSubnet({ pool, prefixLength: 24, taken }));

    assert.match(
      error.message,
      /one with many has 10\.224\.0\.0\/24, 10\.224\.1\.0\/24, 10\.224\.2\.0\/24 and 97 more;/,
    );
    assert.match(error.message, /149 more have the rest$/);
    assert.ok(error.message.length < 800, `${error.message.length} characters`);
  });

  test("says so when the pool itself is too small", () => {
    const error = refusalOf(() => allocate("10.9.8.0/25"));

    assert.equal(error.code, "CILO_POOL_EXHAUSTED");
    assert.match(error.message, /too small/);
  });

  test("refuses a pool that is no IPv4 CIDR", () => {
    assert.equal(refusalOf(() => allocate("10.224.0.0")).code, "CILO_CONFIG_INVALID");
  });

  const takenInPool = fc.array(
    fc
      .tuple(fc.integer({ min: 0x0ae00000, max: 0x0ae007ff }), fc.integer({ min: 20, max: 32 }))
      .map(([address, length]) => formatCidr(toBlock(address, length))),
    { maxLength: 12 },
  );

  test("gives out blocks that lie in the pool, overlap nothing and are the lowest, until none is left", () => {
    fc.assert(
      fc.property(takenInPool, (cidrs) => {
        const small = blockOf("10.224.0.0/21");
        const candidates = Array.from({ length: 8 }, (_, index) => toBlock(small.first + index * 256, 24));
        const taken = [...cidrs];
        for (;;) {
          const free = candidates.find((block) => !taken.some((cidr) => overlaps(blockOf(cidr), block)));
          if (free === undefined) break;

          const allocated = allocate("10.224.0.0/21", ...taken);

          assert.equal(allocated, formatCidr(free));
          assert.ok(contains(small, blockOf(allocated)));
          taken.push(allocated);
        }
        assert.equal(refusalOf(() => allocate("10.224.0.0/21", ...taken)).code, "CILO_POOL_EXHAUSTED");
      }),
    );
  });
});

describe("what is given out and given back", () => {
  const steps = fc.array(fc.oneof(fc.constant("give" as const), fc.nat(31)), { maxLength: 60 });
  const obstacles = fc.array(
    fc
      .tuple(fc.integer({ min: 0x0ae00000, max: 0x0ae00fff }), fc.integer({ min: 21, max: 32 }))
      .map(([address, length]) => formatCidr(toBlock(address, length))),
    { maxLength: 5 },
  );

  test("is never given twice, is always the lowest, and is used again", () => {
    fc.assert(
      fc.property(steps, obstacles, (actions, cidrs) => {
        const given: string[] = [];
        for (const action of actions) {
          if (action !== "give") {
            given.splice(action, 1);
            continue;
          }
          const before = countSubnets({
            pool: "10.224.0.0/20",
            prefixLength: 24,
            taken: toTaken([...cidrs, ...given]),
          });
          if (before.free === 0) continue;

          const subnet = allocate("10.224.0.0/20", ...cidrs, ...given);

          assert.equal(findCollision(subnet, toTaken([...cidrs, ...given])), null);
          const lower = Array.from({ length: 16 }, (_, index) => `10.224.${index}.0/24`).filter(
            (candidate) => blockOf(candidate).first < blockOf(subnet).first,
          );
          assert.deepEqual(
            lower.filter((candidate) => findCollision(candidate, toTaken([...cidrs, ...given])) === null),
            [],
          );
          given.push(subnet);
          const { free } = countSubnets({
            pool: "10.224.0.0/20",
            prefixLength: 24,
            taken: toTaken([...cidrs, ...given]),
          });
          assert.equal(free, before.free - 1);
        }
      }),
    );
  });
});

function toTaken(cidrs: readonly string[]): TakenSubnet[] {
  return cidrs.map((cidr) => ({ cidr, holder: "somebody" }));
}

describe("countSubnets", () => {
  const cases: { name: string; pool: string; taken: string[]; size: number; free: number }[] = [
    { name: "all are free where nobody has any", pool, taken: [], size: 256, free: 256 },
    { name: "one of which a part is taken is not", pool, taken: ["10.224.3.7/32"], size: 256, free: 255 },
    { name: "what two have counts once", pool, taken: ["10.224.0.0/22", "10.224.1.0/24"], size: 256, free: 252 },
    { name: "what is outside counts for nothing", pool, taken: ["10.225.0.0/24", "fd00::/64"], size: 256, free: 256 },
    { name: "a wider block takes all", pool, taken: ["10.0.0.0/8"], size: 256, free: 0 },
    { name: "a pool of one", pool: "10.9.8.0/24", taken: [], size: 1, free: 1 },
    { name: "a pool too small for one", pool: "10.9.8.0/25", taken: ["10.9.8.0/26"], size: 0, free: 0 },
    { name: "a pool of very many", pool: "10.0.0.0/8", taken: ["10.0.0.0/9"], size: 65_536, free: 32_768 },
  ];
  for (const { name, pool: from, taken, size, free } of cases) {
    test(name, () => {
      assert.deepEqual(countSubnets({ pool: from, prefixLength: 24, taken: toTaken(taken) }), { size, free });
    });
  }
});

describe("groupHolders", () => {
  test("has what each has of the pool, those with the most first, and by name where that is equal", () => {
    const taken = [
      { cidr: "10.224.0.0/24", holder: "b" },
      { cidr: "10.224.4.0/22", holder: "c" },
      { cidr: "10.224.1.0/24", holder: "a" },
      { cidr: "10.9.0.0/16", holder: "elsewhere" },
      { cidr: "10.224.2.0/24", holder: "b" },
    ];

    assert.deepEqual(groupHolders(pool, taken), [
      { holder: "c", subnets: ["10.224.4.0/22"] },
      { holder: "b", subnets: ["10.224.0.0/24", "10.224.2.0/24"] },
      { holder: "a", subnets: ["10.224.1.0/24"] },
    ]);
  });
});

describe("findCollision", () => {
  const taken: TakenSubnet[] = [
    { cidr: "fd00::/64", holder: "IPv6" },
    { cidr: "10.224.4.0/22", holder: "wide" },
    { cidr: "10.224.1.128/25", holder: "narrow" },
  ];
  const cases: [subnet: string, holder: string | null][] = [
    ["10.224.0.0/24", null],
    ["10.224.1.0/24", "narrow"],
    ["10.224.5.0/24", "wide"],
    ["10.224.8.0/24", null],
  ];
  for (const [subnet, holder] of cases) {
    test(`${subnet} collides with ${holder ?? "nothing"}`, () => {
      assert.equal(findCollision(subnet, taken)?.holder ?? null, holder);
    });
  }
});
