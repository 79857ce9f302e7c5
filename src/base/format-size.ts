const units = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** A number of bytes as people read it: "512 bytes", "1.5 GiB", "12 MiB"; units are powers of 1024, as in settings. */
export function formatSize(sizeBytes: number): string {
  let size = sizeBytes;
  let unit = 0;
  // What would be rounded to 1024 of a unit is one of the next.
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  if (unit === 0) return size === 1 ? "1 byte" : `${size} bytes`;
  return `${size < 9.95 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
