/** Quotes a word for a POSIX shell, for commands that people copy; cilo itself runs none of them. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
