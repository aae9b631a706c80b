/**
 * Where each value of a stage's state stands, counted in bytes from the state's start. Every value takes whole doubles,
 * so that a state may be copied, compared and hashed as 64-bit words. The text of the layout goes into `layoutHash`: a
 * snapshot is valid only for the layout that wrote it.
 */

const WORD = 8;
/** Byte offsets are i32 in the kernel. */
const MAX_STATE_BYTES = 2 ** 31 - 1;

export class StateLayout {
  private readonly lines: string[] = [];
  bytes = 0;

  /** Reserves room and returns its offset. `what` names it for readers and for the layout's hash. */
  reserve(what: string, bytes: number): number {
    const offset = this.bytes;
    this.bytes += Math.ceil(bytes / WORD) * WORD;
    if (!(this.bytes <= MAX_STATE_BYTES)) throw new RangeError(`the state outgrows its address space at ${what}`);
    this.lines.push(`${offset} ${bytes} ${what}`);
    return offset;
  }

  text(): string {
    return this.lines.join('\n');
  }
}
