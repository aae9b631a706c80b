/** A status that a run could have, and servers that messages are sent to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { type Degraded, NOTHING_COUNTED, type RunStatus } from '../../../runtime/live/status.ts';

const NOTHING = { count: 0, p50: null, p99: null };

export function statusOf(other: Partial<RunStatus> = {}): RunStatus {
  return {
    pid: 1,
    strategy: 'Busy',
    mode: 'live',
    venue: 'binance',
    account: 'main',
    state: 'running',
    degraded: [],
    startedMs: 1_700_000_000_000,
    heartbeatMs: 1_700_000_100_000,
    bars: 100,
    lastBarMs: 1_700_000_000_000,
    currency: 'USDT',
    capital: 10_000,
    equity: 10_500,
    peakEquity: 11_000,
    dayStartEquity: 10_400,
    equityCurve: [10_000, 11_000, 10_500],
    fees: 12.5,
    funding: -1,
    trades: 3,
    fills: 7,
    slippage: { money: 2, bps: { count: 7, p50: 1, p99: 20 } },
    risk: { grossExposure: 0.4, netExposure: 0.2, own: null, held: null, correlations: [] },
    instruments: [],
    orders: [],
    signals: [],
    limits: [],
    models: [],
    counts: NOTHING_COUNTED,
    orderLatencyMs: NOTHING,
    system: { rssBytes: 1e8, cpu: 0.1, eventLoopMs: { count: 100, p50: 0.1, p99: 2 }, freeDiskBytes: 1e10 },
    ...other,
  };
}

export function degraded(code: Degraded['code'], symbol?: string): Degraded {
  return { code, sinceMs: 0, text: `it is ${code}`, ...(symbol !== undefined && { symbol }) };
}

export interface Heard {
  readonly path: string;
  readonly body: string;
}

export interface Listener {
  readonly url: string;
  readonly heard: Heard[];
}

/** A server that keeps what it was sent; `answer` decides what it says, by number of the call. */
export async function listener(
  answer: (call: number, response: ServerResponse, request: IncomingMessage) => void = (_, response) =>
    response.end('{}'),
): Promise<Listener> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', chunk => {
      body += String(chunk);
    });
    request.on('end', () => {
      heard.push({ path: request.url ?? '', body });
      answer(heard.length, response, request);
    });
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

export async function until(holds: () => boolean, longestMs = 20_000): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > longestMs) throw new Error('it did not come about');
    await new Promise(resolve => {
      setTimeout(resolve, 20);
    });
  }
}
