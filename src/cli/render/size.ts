const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** "512 B", "12.3 MiB": for people. */
export function renderSize(bytes: number): string {
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
