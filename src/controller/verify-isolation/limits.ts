/** What a verification is limited to, so that two environments of forty services end within a minute or two. */
export interface ProbeLimits {
  /** How long one connection or one lookup is waited for; a packet that is lost is sent again after one second. */
  probeTimeoutMs: number;
  /** Network namespaces of one environment that are probed from; more only where there are more network positions. */
  maxPlaces: number;
  /** Network namespaces of one environment that are ever probed from. */
  maxPositions: number;
  /** Addresses and ports of one environment that are probed. */
  maxTargets: number;
  /** Names of one environment that are asked for. */
  maxNames: number;
  /** Places that are probed from at once. */
  concurrency: number;
  /** How long a probe container lives when nobody removes it. */
  containerLifeSeconds: number;
}

export const probeLimits: ProbeLimits = {
  probeTimeoutMs: 2_000,
  maxPlaces: 8,
  maxPositions: 32,
  maxTargets: 64,
  maxNames: 64,
  concurrency: 8,
  containerLifeSeconds: 180,
};
