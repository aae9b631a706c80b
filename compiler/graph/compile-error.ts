/** A program that cannot be compiled, in words for a person; `reason` for programs. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
  readonly reason: 'problems' | 'not yet' | 'unknown stream';
  constructor(reason: CompileError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
