/**
 * What goes wrong between a run and a venue, one row a fault: it is made to happen at the local venue, the real client goes
 * through it, and the row of the table is what came out. The table is docs/venue-faults.md: where it is missing, it is written.
 */
import { describe, expect, test } from 'vitest';
import type { Connection, ConnectionSettings } from '../../../../runtime/exchange/ccxt/connection.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import { type Venue, VenueError } from '../../../../runtime/live/ports.ts';
import type { HttpFault } from '../../../venue/faults.ts';
import { turns, until } from '../../../venue/loop.ts';
import { limitOrder, marketOrder, stopOrder } from '../../../venue/orders.ts';
import { spotVenue, type TestVenue } from '../../../venue/start.ts';

const SYMBOL = 'BTC/USDT';
const ORDER = 'POST /api/v3/order';
const CANCEL = 'DELETE /api/v3/order';
const BALANCES = 'GET /api/v3/account';

const PATIENT_MS = 5000;
const HASTY_MS = 250;
const PATIENCE = { usual: { readBudgetMs: 5000 }, banned: { readBudgetMs: 50 } };

const table: string[] = [];

async function atVenue<T>(
  use: (local: TestVenue, venue: Venue, connection: Connection) => Promise<T>,
  settings?: Partial<ConnectionSettings>,
): Promise<T> {
  const local = await spotVenue();
  try {
    const connection = await local.connect({ ...settings, pace: { requestTimeoutMs: PATIENT_MS, ...settings?.pace } });
    local.server.requests.length = 0;
    return await use(local, ccxtVenue(connection), connection);
  } finally {
    await local.close();
  }
}

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    return error.kind === 'rejected' ? `rejected: ${error.reason}` : error.kind;
  }
}

function count(local: TestVenue, name: string): number {
  return local.server.requests.filter(request => request.name === name).length;
}

/** A request that gets no answer is given up soon, and it alone: a machine that is busy answers those after it late. */
async function hastily<T>(local: TestVenue, { exchange }: Connection, name: string, ask: () => Promise<T>): Promise<T> {
  const before = count(local, name);
  exchange.timeout = HASTY_MS;
  const asked = ask();
  asked.catch(() => undefined);
  await until(() => count(local, name) > before);
  exchange.timeout = PATIENT_MS;
  return asked;
}

function answer(status: number, code?: number, msg = ''): HttpFault['answer'] {
  return { status, body: code === undefined ? 'Service Unavailable' : JSON.stringify({ code, msg }) };
}

// ---------------------------------------------------------------- placements

/** Expected: what the call says; whether the venue has the order. It was sent once in each of them. */
const PLACEMENTS: readonly (readonly [fault: string, Omit<HttpFault, 'on'>, outcome: string, exists: boolean])[] = [
  ['no answer, the order did not arrive', { when: 'before', answer: 'silence' }, 'unknown', false],
  ['no answer, the order had arrived', { when: 'after', answer: 'silence' }, 'unknown', true],
  ['connection cut before the order arrived', { when: 'before', answer: 'cut' }, 'unknown', false],
  ['connection cut after the order arrived', { when: 'after', answer: 'cut' }, 'unknown', true],
  ['503, nothing done', { when: 'before', answer: answer(503) }, 'unknown', false],
  ['503, although done', { when: 'after', answer: answer(503) }, 'unknown', true],
  [
    '−1007, no word from the backend, although done',
    {
      when: 'after',
      answer: answer(
        408,
        -1007,
        'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
      ),
    },
    'unknown',
    true,
  ],
  [
    '−1006, an answer that means nothing, although done',
    {
      when: 'after',
      answer: answer(400, -1006, 'An unexpected response was received from the message bus. Execution status unknown.'),
    },
    'unknown',
    true,
  ],
  [
    '−1000, unknown error',
    { when: 'before', answer: answer(400, -1000, 'An unknown error occurred while processing the request.') },
    'unknown',
    false,
  ],
  ['200 with an empty body, although done', { when: 'after', answer: { status: 200, body: '' } }, 'unknown', true],
  ['200 with `{}`, although done', { when: 'after', answer: { status: 200, body: '{}' } }, 'unknown', true],
  [
    '200 with a page of HTML',
    { when: 'before', answer: { status: 200, body: '<html>maintenance</html>' } },
    'unknown',
    false,
  ],
  [
    '502 with a page of HTML, although done',
    { when: 'after', answer: { status: 502, body: '<html>Bad Gateway</html>' } },
    'unknown',
    true,
  ],
  [
    '429, too much weight',
    { when: 'before', answer: answer(429, -1003, 'Too much request weight used') },
    'not sent',
    false,
  ],
  [
    '418, the address is banned',
    { when: 'before', answer: answer(418, -1003, 'Way too much request weight used; IP banned') },
    'not sent',
    false,
  ],
  [
    '−1021, outside of the receive window',
    { when: 'before', answer: answer(400, -1021, 'Timestamp for this request is outside of the recvWindow.') },
    'not sent',
    false,
  ],
  [
    '−1015, too many new orders',
    { when: 'before', answer: answer(429, -1015, 'Too many new orders; current limit is 50 orders per 10 SECOND.') },
    'not sent',
    false,
  ],
  [
    '−2010, insufficient balance',
    { when: 'before', answer: answer(400, -2010, 'Account has insufficient balance for requested action.') },
    'rejected: insufficient funds',
    false,
  ],
  [
    '−1013, a filter',
    { when: 'before', answer: answer(400, -1013, 'Filter failure: NOTIONAL') },
    'rejected: invalid order',
    false,
  ],
  [
    '−2010, the market is closed',
    { when: 'before', answer: answer(400, -2010, 'Market is closed.') },
    'rejected: not trading',
    false,
  ],
  [
    '−2010, the account may not trade',
    { when: 'before', answer: answer(400, -2010, 'This account may not place or cancel orders.') },
    'rejected: permission',
    false,
  ],
  [
    '−1022, the signature is wrong',
    { when: 'before', answer: answer(400, -1022, 'Signature for this request is not valid.') },
    'rejected: authentication',
    false,
  ],
];

describe('a placement is sent once, and an error says no more than it knows', () => {
  test.each(PLACEMENTS)('%s', async (fault, how, outcome, exists) => {
    await atVenue(
      async (local, venue, connection) => {
        local.server.faults.add({ on: ORDER, ...how });
        const place = () => venue.place(marketOrder('x1', 'buy', 0.001));
        const placed = how.answer === 'silence' ? hastily(local, connection, ORDER, place) : place();
        expect(await outcomeOf(placed)).toBe(outcome);
        expect(count(local, ORDER)).toBe(1);
        local.server.faults.clear();
        expect(local.exchange.orders.length).toBe(exists ? 1 : 0);
        if (outcome === 'unknown' || outcome === 'not sent') {
          // During a ban nothing is asked; what is not known stays so until it ends.
          const isBanned = fault.startsWith('418');
          if (isBanned) await expect(venue.lookup(SYMBOL, 'x1')).rejects.toMatchObject({ kind: 'not sent' });
          else expect(await venue.lookup(SYMBOL, 'x1').then(state => state !== undefined)).toBe(exists);
        }
        table.push(`| placement: ${fault} | ${outcome} | ${exists ? 'has it' : 'has nothing of it'} |`);
      },
      { pace: PATIENCE[fault.startsWith('418') ? 'banned' : 'usual'] },
    );
  });

  test('it arrives after nobody waits for it any more: within its validity it is found, after it the venue refuses it', async () => {
    for (const [fault, laterMs, exists] of [
      ['arrives after the time-out, within the receive window', 0, true],
      ['arrives after the receive window', 3100, false],
    ] as const) {
      await atVenue(async (local, venue, connection) => {
        let arrive = () => {};
        const arrival = new Promise<void>(resolve => {
          arrive = resolve;
        });
        local.server.faults.add({ on: ORDER, when: 'before', answer: 'delay', until: arrival });
        const placed = hastily(local, connection, ORDER, () => venue.place(marketOrder('x1', 'buy', 0.001)));
        expect(await outcomeOf(placed)).toBe('unknown');
        // One look-up at once says nothing.
        expect(await venue.lookup(SYMBOL, 'x1')).toBeUndefined();
        expect(venue.abilities.orderValidityMs).toBeGreaterThan(3000);
        local.exchange.clock.moveTo(local.exchange.clock.now() + laterMs);
        arrive();
        await turns();
        expect(await venue.lookup(SYMBOL, 'x1').then(state => state !== undefined)).toBe(exists);
        table.push(`| placement: ${fault} | unknown | ${exists ? 'has it' : 'has nothing of it'} |`);
      });
    }
  });

  test('nobody listens: nothing was sent', async () => {
    const outcome = await atVenue(async (local, venue) => {
      await local.server.close();
      // Until the client has noticed that its connection is gone, a request may go out on it.
      await turns();
      return outcomeOf(venue.place(marketOrder('x1', 'buy', 0.001)));
    });
    expect(outcome).toBe('not sent');
    table.push(`| placement: no connection to the venue | ${outcome} | has nothing of it |`);
  });

  test('protection whose price has been passed is told apart', async () => {
    const outcome = await atVenue((_, venue) => outcomeOf(venue.place(stopOrder('x1', 'sell', 0.001, 60_000))));
    expect(outcome).toBe('rejected: price already through');
    table.push(`| placement: a stop that the price has passed | ${outcome} | has nothing of it |`);
  });
});

// ---------------------------------------------------------------- cancels

describe('a cancel says what it knows', () => {
  test.each([
    ['no answer, although done', { when: 'after', answer: 'silence' }, 'unknown', 'cancelled'],
    ['connection cut before it arrived', { when: 'before', answer: 'cut' }, 'unknown', 'open'],
    [
      '−2011, no such order',
      { when: 'before', answer: answer(400, -2011, 'Unknown order sent.') },
      'rejected: no such order',
      'open',
    ],
  ] as const)('%s', async (fault, how, outcome, state) => {
    await atVenue(async (local, venue, connection) => {
      await venue.place(limitOrder('x1', 'buy', 0.001, 40_000));
      local.server.faults.add({ on: CANCEL, ...how });
      const cancel = () => venue.cancel(SYMBOL, 'x1', undefined);
      const cancelled = how.answer === 'silence' ? hastily(local, connection, CANCEL, cancel) : cancel();
      expect(await outcomeOf(cancelled)).toBe(outcome);
      expect(count(local, CANCEL)).toBe(1);
      expect(await venue.lookup(SYMBOL, 'x1')).toMatchObject({ status: state });
      table.push(`| cancel: ${fault} | ${outcome} | has it ${state} |`);
    });
  });
});

// ---------------------------------------------------------------- reads

describe('a read is asked again, within its budget', () => {
  test.each([
    ['no answer once', { when: 'before', answer: 'silence' }],
    ['connection cut twice', { when: 'before', answer: 'cut', times: 2 }],
    ['503 twice', { when: 'before', answer: answer(503), times: 2 }],
    ['200 with an empty body', { when: 'before', answer: { status: 200, body: '' } }],
    [
      '−1021 once',
      { when: 'before', answer: answer(400, -1021, 'Timestamp for this request is outside of the recvWindow.') },
    ],
  ] as const)('%s', async (fault, how) => {
    await atVenue(async (local, venue, connection) => {
      local.server.faults.add({ on: BALANCES, ...how });
      const read = () => venue.balances();
      const balances = how.answer === 'silence' ? hastily(local, connection, BALANCES, read) : read();
      expect(await balances).toContainEqual({ currency: 'USDT', total: 10_000, free: 10_000 });
      const times = count(local, BALANCES);
      table.push(`| read: ${fault} | done, asked ${times} times | |`);
    });
  });

  test('a list that comes back empty by mistake is never taken for no orders', async () => {
    await atVenue(async (local, venue) => {
      await venue.place(limitOrder('x1', 'buy', 0.001, 40_000));
      local.server.faults.add({
        on: 'GET /api/v3/openOrders',
        when: 'after',
        answer: { status: 200, body: '' },
        times: 2,
      });
      expect(await venue.openOrders(SYMBOL)).toHaveLength(1);
      table.push('| read: open orders come back empty | done, asked again | |');
    });
  });

  test('a definite no is asked once', async () => {
    await atVenue(async (local, venue) => {
      local.server.faults.add({
        on: BALANCES,
        when: 'before',
        answer: answer(401, -2015, 'Invalid API-key, IP, or permissions for action.'),
        times: 9,
      });
      expect(await outcomeOf(venue.balances())).toBe('rejected: authentication');
      expect(count(local, BALANCES)).toBe(1);
      table.push('| read: the key is refused | rejected: authentication, asked once | |');
    });
  });

  test('maintenance: the budget ends, and with the venue the read comes back', async () => {
    await atVenue(
      async (local, venue) => {
        local.server.maintenance = true;
        expect(await outcomeOf(venue.balances())).toBe('unknown');
        expect(await outcomeOf(venue.place(marketOrder('x1', 'buy', 0.001)))).toBe('unknown');
        local.server.maintenance = false;
        expect(await venue.lookup(SYMBOL, 'x1')).toBeUndefined();
        expect((await venue.balances()).length).toBe(1);
        table.push(
          '| maintenance, all requests | reads end with their budget, a placement is unknown | has nothing of it |',
        );
      },
      { pace: { readBudgetMs: 700 } },
    );
  });
});

// ---------------------------------------------------------------- the clock, limits

describe('time', () => {
  test('a machine two minutes off trades: its clock plays no part', async () => {
    const machine = Date.now;
    try {
      Date.now = () => machine() + 120_000;
      await atVenue(async (local, venue) => {
        expect(await outcomeOf(venue.place(marketOrder('x1', 'buy', 0.001)))).toBe('done');
        expect(Math.abs(venue.now() - local.exchange.clock.now())).toBeLessThan(100);
      });
    } finally {
      Date.now = machine;
    }
    table.push('| this machine’s clock is two minutes off | done | has it |');
  });

  test('the venue’s clock jumps: the order is refused for its time, the clock is measured, the next order is taken', async () => {
    await atVenue(async (local, venue, connection) => {
      local.exchange.clock.moveTo(local.exchange.clock.now() + 120_000);
      const measured = new Promise(resolve => connection.onClock(resolve));
      expect(await outcomeOf(venue.place(marketOrder('x1', 'buy', 0.001)))).toBe('not sent');
      expect(await measured).toMatchObject({ jumpMs: expect.closeTo(120_000, -3) });
      expect(await venue.lookup(SYMBOL, 'x1')).toBeUndefined();
      expect(await outcomeOf(venue.place(marketOrder('x2', 'buy', 0.001)))).toBe('done');
      table.push(
        '| the venue’s clock jumps by two minutes | not sent; measured at once, the next order is done | has nothing of it |',
      );
    });
  });

  test('a clock that says a wrong time is corrected when it says the right one', async () => {
    await atVenue(async (local, venue, connection) => {
      local.told.aheadMs = -30_000;
      await connection.measureClock();
      expect(await outcomeOf(venue.place(marketOrder('x1', 'buy', 0.001)))).toBe('not sent');
      local.told.aheadMs = 0;
      expect((await venue.balances()).length).toBe(1);
      expect(await outcomeOf(venue.place(marketOrder('x2', 'buy', 0.001)))).toBe('done');
    });
  });
});

describe('limits', () => {
  test('what the venue says has been used counts, and a reserve is kept for cancels and protection', async () => {
    await atVenue(
      async (local, venue, connection) => {
        await venue.place(limitOrder('x1', 'buy', 0.001, 40_000));
        connection.limiter.reported(6000 * 0.9 * 0.8);
        expect(await outcomeOf(venue.place(marketOrder('x2', 'buy', 0.001)))).toBe('not sent');
        expect(await outcomeOf(venue.cancel(SYMBOL, 'x1', undefined))).toBe('done');
        expect(await outcomeOf(venue.place(marketOrder('x3', 'sell', 0.001, { reduceOnly: true })))).not.toBe(
          'not sent',
        );
        expect(count(local, ORDER)).toBe(2);
        table.push('| own limit of request weight reached | entries are not sent; cancels and protection are | |');
      },
      { pace: { readBudgetMs: 200 } },
    );
  });

  test('after a ban nothing is sent until it ends', async () => {
    await atVenue(
      async (local, venue, connection) => {
        local.server.faults.add({
          on: BALANCES,
          when: 'before',
          answer: { status: 418, body: '{"code":-1003,"msg":"banned"}', headers: { 'retry-after': '30' } },
        });
        expect(await outcomeOf(venue.balances())).toBe('not sent');
        const asked = local.server.requests.length;
        expect(await outcomeOf(venue.place(marketOrder('x1', 'buy', 0.001)))).toBe('not sent');
        expect(await outcomeOf(venue.cancel(SYMBOL, 'x1', undefined))).toBe('not sent');
        expect(local.server.requests.length).toBe(asked);
        expect(connection.limiter.blindUntilMs - venue.now()).toBeGreaterThan(28_000);
        table.push('| banned (418) | nothing is sent until the ban ends; the run is told that it is blind | |');
      },
      { pace: { readBudgetMs: 200 } },
    );
  });
});

test('docs/venue-faults.md is this table', async () => {
  const page = `# What goes wrong at a venue

Each row is made to happen at a local venue that speaks Binance's protocol, with the real client on the other side. A
placement is sent once in every one of them. *Unknown* orders are looked up by their own id until the venue has said twice,
after the order could no longer arrive, that it has none of it. This page is written by the tests.

| fault | outcome | the venue |
|---|---|---|
${table.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../../../docs/venue-faults.md');
});
