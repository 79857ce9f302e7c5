/** How a daemon is to run; what is left out comes from the environment, from state and from the system. */
export interface DaemonOptions {
  /** UDP and TCP port; 0 takes a free one. */
  port?: number;
  /** Address to listen on. */
  address?: string;
  /** Servers to forward to, "192.168.1.1" or "192.168.1.1:5353"; empty: the system's own. */
  upstreams: readonly string[];
}
