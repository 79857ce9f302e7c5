/** Puts the two octets of length before a message (RFC 1035 section 4.2.2). */
export function encodeFrame(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(2 + message.length);
  frame.writeUInt16BE(message.length, 0);
  message.copy(frame, 2);
  return frame;
}

/** Takes messages out of a stream of octets, however it was cut. */
export class FrameReader {
  readonly #maxMessageBytes: number;
  #pending: Buffer = Buffer.alloc(0);

  /** @param maxMessageBytes a longer message makes the stream invalid as soon as its length is read. */
  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
  }

  /** Whether a message has begun that is not whole yet. */
  get isPartial(): boolean {
    return this.#pending.length > 0;
  }

  /**
   * The next whole message; null when more octets are needed; "invalid" when no message can follow: its length is 0
   * or over the limit.
   */
  next(): Buffer | "invalid" | null {
    if (this.#pending.length < 2) return null;
    const length = this.#pending.readUInt16BE(0);
    if (length === 0 || length > this.#maxMessageBytes) return "invalid";
    if (this.#pending.length < 2 + length) return null;
    const message = this.#pending.subarray(2, 2 + length);
    this.#pending = this.#pending.subarray(2 + length);
    return message;
  }
}
