/** Messages to real servers on this machine: what they are sent, what is tried again, and what is not. */
import { describe, expect, it } from 'vitest';
import { type Delivery, openDelivery, type Sink } from '../../../runtime/monitor/delivery.ts';
import type { Message } from '../../../runtime/monitor/message.ts';
import { isSafeAddress, telegramSink, webhookSink } from '../../../runtime/monitor/sinks.ts';
import { listener, until } from './support.ts';

const CANARY = 'CANARY-0f9d1e7755aa';
const blot = (text: string) => text.replaceAll(CANARY, '[redacted]');

const message = (other: Partial<Message> = {}): Message => ({
  kind: 'alert',
  rule: 'unprotected',
  severity: 'critical',
  text: 'BTC/USDT has no stop',
  todo: 'look at the venue',
  runbook: 'docs/runbooks.md#unprotected',
  run: { strategy: 'Busy', mode: 'live', venue: 'binance', account: 'main' },
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  ...other,
});

function delivering(sink: Sink, more: { attempts?: number; timeoutMs?: number } = {}) {
  const lost: string[] = [];
  const delivery: Delivery = openDelivery({
    sinks: [sink],
    lost: (name, { text }, why) => lost.push(`${name}: ${text}: ${why}`),
    firstWaitMs: 5,
    longestWaitMs: 50,
    ...more,
  });
  return { delivery, lost };
}

describe('a webhook', () => {
  it('gets all of a message as JSON, without secrets', async () => {
    const { url, heard } = await listener();
    const { delivery, lost } = delivering(webhookSink({ url: `${url}/hook`, blot }));
    delivery.send(message({ text: `timed out with ${CANARY}` }), undefined);
    await until(() => heard.length > 0);
    expect(heard[0]?.path).toBe('/hook');
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
      format: 1,
      kind: 'alert',
      rule: 'unprotected',
      severity: 'critical',
      text: 'timed out with [redacted]',
      todo: 'look at the venue',
      runbook: 'docs/runbooks.md#unprotected',
      run: { strategy: 'Busy', mode: 'live', venue: 'binance', account: 'main' },
      time: '2026-01-02T03:04:05.000Z',
    });
    await delivery.close(1000);
    expect(lost).toEqual([]);
  });

  it('is tried again after a 500, a 429 and a dropped connection, in order', async () => {
    const { url, heard } = await listener((call, response) => {
      if (call === 1) response.writeHead(500).end();
      else if (call === 2) response.writeHead(429, { 'retry-after': '0.01' }).end();
      else if (call === 3) response.destroy();
      else response.end();
    });
    const { delivery, lost } = delivering(webhookSink({ url, blot }));
    delivery.send(message({ text: 'one' }), undefined);
    delivery.send(message({ text: 'two' }), ['webhook']);
    await until(() => heard.length === 5);
    expect(heard.map(({ body }) => JSON.parse(body).text)).toEqual(['one', 'one', 'one', 'one', 'two']);
    expect(lost).toEqual([]);
  });

  it('is given up after a definite no, a redirect, or too many attempts; without its address in the words', async () => {
    const answers = [404, 302, 500, 500, 500];
    const { url, heard } = await listener((call, response) => {
      response.writeHead(answers[call - 1] ?? 200, { location: 'http://127.0.0.1:1/' }).end();
    });
    const { delivery, lost } = delivering(webhookSink({ url: `${url}/${CANARY}`, blot }), { attempts: 3 });
    for (const text of ['a', 'b', 'c', 'd']) delivery.send(message({ text }), undefined);
    await until(() => heard.length === 6);
    await delivery.close(1000);
    expect(lost).toEqual([
      'webhook: a: the webhook answered 404',
      'webhook: b: the webhook answered 302',
      'webhook: c: the webhook answered 500',
    ]);
  });

  it('that does not answer holds nobody up', async () => {
    const { url, heard } = await listener(() => {});
    const { delivery, lost } = delivering(webhookSink({ url, blot }), { attempts: 2, timeoutMs: 30 });
    const startedMs = performance.now();
    delivery.send(message(), undefined);
    expect(performance.now() - startedMs).toBeLessThan(20);
    await until(() => lost.length > 0);
    expect(heard).toHaveLength(2);
    expect(lost).toEqual(['webhook: BTC/USDT has no stop: the webhook did not answer in time']);
  });

  it('that is not there is told of by its error, never by its address', async () => {
    const { delivery, lost } = delivering(webhookSink({ url: `http://127.0.0.1:1/${CANARY}`, blot }), { attempts: 1 });
    delivery.send(message(), undefined);
    await until(() => lost.length > 0);
    expect(lost).toEqual([expect.stringMatching(/cannot be reached/)]);
    expect(lost.join()).not.toContain(CANARY);
  });

  it('is not told what was not meant for it', async () => {
    const { url, heard } = await listener();
    const { delivery } = delivering(webhookSink({ url, blot }));
    delivery.send(message({ text: 'for the log' }), ['log']);
    delivery.send(message({ text: 'for all' }), undefined);
    await until(() => heard.length > 0);
    await delivery.close(100);
    expect(heard.map(({ body }) => JSON.parse(body).text)).toEqual(['for all']);
  });

  it('gets the newest when too many wait, and nothing after the end', async () => {
    let release = () => {};
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const { url, heard } = await listener((_, response) => void gate.then(() => response.end()));
    const { delivery, lost } = delivering(webhookSink({ url, blot }));
    for (let i = 0; i < 150; i++) delivery.send(message({ text: String(i) }), undefined);
    release();
    await delivery.close(20_000);
    delivery.send(message({ text: 'late' }), undefined);
    expect(lost).toHaveLength(50);
    expect(heard.at(-1)?.body).toContain('"149"');
    expect(heard).toHaveLength(101);
  });

  it('is let go of at the end, and what was under way is told of', async () => {
    const { url } = await listener(() => {});
    const { delivery, lost } = delivering(webhookSink({ url, blot }));
    delivery.send(message({ text: 'one' }), undefined);
    delivery.send(message({ text: 'two' }), undefined);
    await delivery.close(50);
    expect(lost).toEqual(['webhook: one: the webhook did not answer in time', 'webhook: two: the run has ended']);
  });
});

describe('a Telegram chat', () => {
  it('gets words, by the bot’s own address', async () => {
    const { url, heard } = await listener((_, response) => response.end('{"ok":true}'));
    const { delivery } = delivering(telegramSink({ api: `${url}/`, token: '12:abc', chat: '-100', blot }));
    delivery.send(message({ done: `stopped, ${CANARY}` }), undefined);
    delivery.send(message({ kind: 'resolved', text: 'it is over' }), undefined);
    await until(() => heard.length === 2);
    expect(heard[0]?.path).toBe('/bot12:abc/sendMessage');
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual({
      chat_id: '-100',
      text: [
        'CRITICAL unprotected: Busy (live, main)',
        'BTC/USDT has no stop',
        'stopped, [redacted]',
        'What to do: look at the venue',
        'Runbook: docs/runbooks.md#unprotected',
      ].join('\n'),
      disable_web_page_preview: true,
      disable_notification: false,
    });
    expect(JSON.parse(heard[1]?.body ?? '')).toMatchObject({ disable_notification: true });
  });

  it('is tried again when Telegram says when', async () => {
    const { url, heard } = await listener((call, response) => {
      if (call > 1) response.end('{"ok":true}');
      else response.writeHead(429).end('{"ok":false,"error_code":429,"parameters":{"retry_after":1}}');
    });
    const { delivery, lost } = delivering(telegramSink({ api: url, token: '12:abc', chat: '1', blot }));
    delivery.send(message({ text: 'x'.repeat(9000) }), undefined);
    await until(() => heard.length === 2);
    expect(JSON.parse(heard[1]?.body ?? '').text).toHaveLength(4096);
    expect(lost).toEqual([]);
  });
});

describe('addresses', () => {
  it.each([
    ['https://hooks.example.com/x', true],
    ['http://127.0.0.1:9/x', true],
    ['http://alertmanager:9093/', true],
    ['http://192.168.1.4/', true],
    ['http://hooks.example.com/x', false],
    ['http://172.32.0.1/', false],
    ['ftp://127.0.0.1/', false],
    ['nonsense', false],
  ])('%s', (url, expected) => {
    expect(isSafeAddress(url)).toBe(expected);
  });
});
