/** Services of one group; a project of more than five has several groups. The order is that in which they are taken. */
const group = ["web", "db", "api", "worker", "cache"] as const;

/** What of its own group a service starts after. */
const startsAfter: Readonly<Record<(typeof group)[number], readonly string[]>> = {
  web: ["api"],
  api: ["db", "cache"],
  worker: ["db"],
  db: [],
  cache: [],
};

/**
 * The Compose file of a project with so many services, as projects are: some start after others, a database has a volume
 * and a health check. The other services have none, and so has the only service of a project of one. Nothing is
 * published: that would cost the plain side time and not cilo, which takes it away.
 * @param image has busybox in it.
 */
export function composeFileOf(size: number, image: string): string {
  const services = Array.from({ length: size }, (_, index) => serviceAt(index));
  const names = new Set(services.map(nameOf));
  const databases = services.filter(({ role }) => role === "db");
  return [
    "services:",
    ...services.flatMap((service) => formatService(service, { image, names })),
    ...(databases.length === 0 ? [] : ["volumes:", ...databases.map((service) => `  ${nameOf(service)}-data:`)]),
    "",
  ].join("\n");
}

interface SampleService {
  role: (typeof group)[number];
  /** From 0. */
  groupNumber: number;
}

function serviceAt(index: number): SampleService {
  const role = group[index % group.length] ?? "web";
  return { role, groupNumber: Math.floor(index / group.length) };
}

/** "web", and "web-2" in the second group. */
function nameOf({ role, groupNumber }: { role: string; groupNumber: number }): string {
  return groupNumber === 0 ? role : `${role}-${groupNumber + 1}`;
}

function formatService(
  service: SampleService,
  { image, names }: { image: string; names: ReadonlySet<string> },
): string[] {
  const { role, groupNumber } = service;
  const name = nameOf(service);
  const others = startsAfter[role].map((other) => nameOf({ role: other, groupNumber })).filter((it) => names.has(it));
  return [
    `  ${name}:`,
    `    image: ${image}`,
    "    command: [sleep, infinity]",
    // busybox as process 1 ignores SIGTERM, and the engine would wait 10 s for it.
    "    stop_signal: SIGKILL",
    `    environment: { ROLE: ${role} }`,
    ...(others.length === 0 ? [] : [`    depends_on: [${others.join(", ")}]`]),
    ...(role === "db" ? [`    volumes: ["${name}-data:/data"]`, ...healthCheck] : []),
  ];
}

const healthCheck = [
  "    healthcheck:",
  '      test: [CMD, test, -d, "/data"]',
  "      interval: 500ms",
  "      timeout: 2s",
  "      retries: 20",
];
