/**
 * Messages that were lost or came again, by the numbers that a venue gives them. Whether it counts all messages of a socket or
 * each channel's by themselves, one that follows the last by either count is in order.
 */
export interface Numbered {
  readonly channel: string;
  readonly number: number;
}

export type Order = 'next' | 'after a gap' | 'again';

export class Numbering {
  #last = -1;
  readonly #lastOf = new Map<string, number>();

  /** How a message stands to those before it. */
  place({ channel, number }: Numbered): Order {
    const before = this.#lastOf.get(channel);
    const isNext = number === this.#last + 1 || (before === undefined ? number === 0 : number === before + 1);
    const isAgain = !isNext && (before === undefined ? number <= this.#last : number <= before);
    if (!isAgain) {
      this.#last = number;
      this.#lastOf.set(channel, number);
    }
    return isNext ? 'next' : isAgain ? 'again' : 'after a gap';
  }
}
