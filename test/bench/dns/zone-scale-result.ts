/** What `zone-scale.ts` finds out about a zone of one size. */
export interface ZoneScale {
  environments: number;
  /** Of services, the short ones; the zone has more than twice as many. */
  names: number;
  /** What the zone alone keeps, buffers included. */
  heapBytes: number;
  /** The whole zone made anew. */
  buildMs: number;
  /** Query octets to reply octets, on one core; of the same number of names at every size, and of all there are. */
  answersPerSecond: { fewNames: number; allNames: number };
  /** Each of 200 changes of one environment. */
  changeMs: number[];
}
