/** In which order things leave, and what waits for what, when the venue does not answer. */
import { describe, expect, it } from 'vitest';
import type { Command, Order, OrderRole } from '../../../runtime/engine/events.ts';
import { Outbox } from '../../../runtime/live/outbox.ts';
import type { VenueAbilities } from '../../../runtime/live/ports.ts';
import type { Input, IntentRow } from '../../../runtime/live/store/rows.ts';

const ABILITIES: VenueAbilities = {
  clientIdRule: { pattern: /.*/, longest: 36 },
  orderTypes: new Set(['market', 'limit', 'stop']),
  amends: true,
  reduceOnly: true,
  orderValidityMs: 0,
};
const SPOT: VenueAbilities = { ...ABILITIES, reduceOnly: false };
const SIMULATED: VenueAbilities = { ...ABILITIES, tellsAgain: true };

const order = (id: number, role: OrderRole, type: Order['type'] = 'market'): Order => ({
  id,
  slot: id,
  role,
  type,
  direction: role === 'enter' ? 1 : -1,
  quantity: 1,
  price: Number.NaN,
  expireBars: Number.POSITIVE_INFINITY,
  group: 0,
});

let numbers = 0;
function intent(instrument: number, command: Command): IntentRow {
  numbers += 1;
  return { number: numbers, instrument, command, clientId: `c${numbers}` };
}
const place = (instrument: number, id: number, role: OrderRole, type?: Order['type']) =>
  intent(instrument, { type: 'place', order: order(id, role, type) });
const cancel = (instrument: number, id: number) => intent(instrument, { type: 'cancel', order: id });

/** A venue that answers when it is told to, of orders by number. */
function opened(abilities: VenueAbilities, known: readonly Order[] = []) {
  const left: number[] = [];
  const answers = new Map<number, (outcome: Input | undefined) => void>();
  let follows: readonly IntentRow[] = [];
  let writes = 0;
  let isBroken = false;
  const clock = { ms: 0 };
  const outbox = new Outbox({
    abilities,
    durable: async () => {
      if (isBroken) throw new Error('no room');
      writes += 1;
      clock.ms += 3;
    },
    clock: () => clock.ms,
    orderOf: id => known.find(each => each.id === id),
    carryOut: ({ command }, leaves) => {
      if (command.type === 'place') leaves();
      const id =
        command.type === 'place' || command.type === 'amend'
          ? command.order.id
          : 'order' in command
            ? command.order
            : 0;
      left.push(id);
      return new Promise(resolve => answers.set(id, resolve));
    },
    journal: () => {
      const more = follows;
      follows = [];
      if (more.length > 0) outbox.journaled();
      return more;
    },
  });
  const calm = () => new Promise(resolve => setImmediate(resolve));
  return {
    outbox,
    left,
    clock,
    writes: () => writes,
    send: (intents: readonly IntentRow[], isUrgent = false) => {
      outbox.journaled();
      return outbox.send(intents, 0, isUrgent);
    },
    calm,
    break: () => {
      isBroken = true;
    },
    answer: async (id: number, more: readonly IntentRow[] = []) => {
      follows = more;
      answers.get(id)?.(more.length === 0 ? undefined : { type: 'placed', order: id, clientId: '', venueId: '' });
      await calm();
    },
  };
}

describe('what is sent', () => {
  it('of several instruments leaves together, after one writing of the disk', async () => {
    const { send, left, calm, writes } = opened(ABILITIES);
    void send([place(0, 1, 'enter'), place(1, 2, 'enter'), place(2, 3, 'enter')]);
    await calm();
    expect(left).toEqual([1, 2, 3]);
    expect(writes()).toBe(1);
  });

  it('of one instrument waits for its answer, not for that of another', async () => {
    const { send, left, calm, answer, outbox } = opened(ABILITIES);
    void send([place(0, 1, 'enter'), place(1, 2, 'enter')]);
    const later = send([place(0, 3, 'enter'), place(1, 4, 'enter')]);
    await calm();
    expect(left).toEqual([1, 2]);
    await answer(2);
    expect(left).toEqual([1, 2, 4]);
    let isIdle = false;
    void outbox.idle().then(() => {
      isIdle = true;
    });
    await answer(4);
    expect(isIdle).toBe(false);
    await answer(1);
    await answer(3);
    await later;
    await calm();
    expect(isIdle).toBe(true);
  });

  it('makes room in all instruments before it takes it in any', async () => {
    const { send, left, calm, answer } = opened(SPOT);
    void send([place(0, 1, 'enter'), place(1, 2, 'exit'), cancel(2, 9), place(2, 3, 'enter')]);
    await calm();
    expect(left).toEqual([2, 9]);
    await answer(2);
    expect(left).toEqual([2, 9]);
    await answer(9);
    expect(left).toEqual([2, 9, 1, 3]);
  });

  it('goes to a simulated venue one after another, in the order in which it was decided', async () => {
    const { send, left, calm, answer } = opened(SIMULATED);
    void send([place(0, 1, 'enter'), place(1, 2, 'exit'), place(2, 3, 'enter')]);
    for (const id of [1, 2, 3]) {
      await calm();
      expect(left.at(-1)).toBe(id);
      await answer(id);
    }
  });

  it('protects although an entry of the same instrument gets no answer', async () => {
    for (const abilities of [ABILITIES, SPOT]) {
      const { send, left, calm } = opened(abilities);
      void send([place(0, 1, 'add')]);
      await calm();
      void send([place(0, 2, 'stop', 'stop')]);
      await calm();
      expect(left).toEqual([1, 2]);
    }
  });

  it('exits on a perpetual without waiting for the cancel of the stop, on spot after it', async () => {
    const stop = order(9, 'stop', 'stop');
    const both = () => [cancel(0, 9), place(0, 1, 'exit')];
    const perpetual = opened(ABILITIES, [stop]);
    void perpetual.send(both());
    await perpetual.calm();
    expect(perpetual.left).toEqual([1]);
    const spot = opened(SPOT, [stop]);
    void spot.send(both());
    await spot.calm();
    expect(spot.left).toEqual([9]);
    await spot.answer(9);
    expect(spot.left).toEqual([9, 1]);
  });

  it('exits without waiting for an entry or its cancel, which get no answer', async () => {
    const entry = order(8, 'add', 'limit');
    for (const abilities of [ABILITIES, SPOT]) {
      const stop = order(9, 'stop', 'stop');
      const { send, left, calm, answer } = opened(abilities, [entry, stop]);
      void send([place(0, 7, 'add')]);
      void send([cancel(0, 8), cancel(0, 9), place(0, 1, 'exit')]);
      await calm();
      await answer(9);
      expect(left).toContain(1);
      await answer(7);
      expect(left).toContain(8);
    }
  });

  it('exits on a perpetual without waiting for a stop that gets no answer', async () => {
    const { send, left, calm, outbox, answer } = opened(ABILITIES);
    void send([place(0, 9, 'stop', 'stop')]);
    await calm();
    void send([place(0, 1, 'exit')]);
    await calm();
    expect(left).toEqual([9, 1]);
    let isIdle = false;
    void outbox.idle().then(() => {
      isIdle = true;
    });
    await answer(9);
    expect(isIdle).toBe(false);
    await answer(1);
    expect(isIdle).toBe(true);
  });

  it('takes an entry away without waiting for a stop that gets no answer', async () => {
    for (const abilities of [ABILITIES, SPOT]) {
      const { send, left, calm } = opened(abilities, [order(8, 'enter', 'limit')]);
      void send([place(0, 9, 'stop', 'stop')]);
      void send([cancel(0, 8)]);
      await calm();
      expect(left).toEqual([9, 8]);
    }
  });

  it('on spot, sets coins free before the stop that is to have them', async () => {
    const target = order(8, 'target', 'limit');
    const { send, left, calm, answer } = opened(SPOT, [target, order(9, 'stop', 'stop')]);
    const smaller = intent(0, { type: 'amend', order: target });
    void send([smaller, intent(0, { type: 'amend', order: order(9, 'stop', 'stop') })]);
    await calm();
    expect(left).toEqual([8]);
    await answer(8);
    expect(left).toEqual([8, 9]);
  });

  it('is late by what the run takes for it, not by what the venue takes for what was sent before', async () => {
    const { send, calm, answer, outbox, clock } = opened(SPOT);
    void send([place(0, 1, 'enter'), place(0, 2, 'enter')]);
    await calm();
    clock.ms += 500;
    await answer(1);
    expect(outbox.latencies).toEqual([3, 3]);
  });

  it('waits for nothing when it is urgent', async () => {
    const { send, left, calm } = opened(SPOT);
    void send([place(0, 1, 'enter')]);
    void send([place(0, 2, 'enter')]);
    void send([place(0, 3, 'exit')], true);
    await calm();
    expect(left).toEqual([3, 1]);
  });

  it('brings what an answer asks for to the lane that it belongs to, written down first', async () => {
    const { send, left, calm, answer, writes } = opened(ABILITIES);
    void send([place(0, 1, 'stop', 'stop'), place(0, 2, 'exit', 'limit'), place(1, 3, 'enter')]);
    await calm();
    expect(left).toEqual([1]);
    await answer(1, [place(0, 4, 'exit'), place(1, 5, 'exit')]);
    expect(writes()).toBe(2);
    expect(left).toContain(4);
    expect(left).toContain(5);
    expect(left).not.toContain(2);
    expect(left).not.toContain(3);
  });

  it('fails as a whole when nothing can be written down, whatever else is under way', async () => {
    const { send, calm, answer, break: broken } = opened(ABILITIES);
    const sending = send([place(0, 1, 'stop', 'stop')]);
    await calm();
    broken();
    const failing = expect(sending).rejects.toThrow('no room');
    await answer(1, [place(1, 5, 'exit'), place(0, 4, 'exit')]);
    await failing;
    await calm();
  });
});
