/** Metrics and health over HTTP: who is answered, with what, and who learns nothing. */
import { request } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Endpoint, type EndpointParts, openEndpoint } from '../../../runtime/monitor/endpoint.ts';

const TOKEN = 'a-token-of-some-length';
const open: Endpoint[] = [];
afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.close();
});

async function opened(other: Partial<EndpointParts> = {}): Promise<Endpoint> {
  const endpoint = await openEndpoint({
    listen: '127.0.0.1:0',
    isPublic: false,
    token: TOKEN,
    pages: { '/metrics': () => ({ status: 200, type: 'text/plain', body: 'x 1\n' }) },
    failed: error => {
      throw error;
    },
    ...other,
  });
  open.push(endpoint);
  return endpoint;
}

const ask = (url: string, authorization?: string, method = 'GET') =>
  fetch(url, { method, ...(authorization !== undefined && { headers: { authorization } }) });

describe('the endpoint', () => {
  it('answers who has the token', async () => {
    const { url } = await opened();
    const response = await ask(`${url}/metrics?x=1`, `Bearer ${TOKEN}`);
    expect([response.status, await response.text()]).toEqual([200, 'x 1\n']);
    expect((await ask(`${url}/metrics`, `bearer  ${TOKEN}`)).status).toBe(200);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${TOKEN}`,
    TOKEN,
  ])('says nothing to `%s`, whatever is asked for', async authorization => {
    const { url } = await opened();
    for (const path of ['/metrics', '/health', '/nothing', '/']) {
      const response = await ask(`${url}${path}`, authorization);
      expect([response.status, await response.text()]).toEqual([401, '']);
    }
    expect((await ask(`${url}/metrics`, authorization, 'DELETE')).status).toBe(401);
  });

  it('knows its own pages, and only reads them', async () => {
    const { url } = await opened();
    expect((await ask(`${url}/nothing`, `Bearer ${TOKEN}`)).status).toBe(404);
    expect((await ask(`${url}/metrics`, `Bearer ${TOKEN}`, 'POST')).status).toBe(405);
    expect((await ask(`${url}/toString`, `Bearer ${TOKEN}`)).status).toBe(404);
  });

  it('goes on when a page fails, and tells who looks after it', async () => {
    const failures: unknown[] = [];
    const { url } = await opened({
      pages: {
        '/bad': () => Promise.reject(new Error('no figures')),
        '/good': () => ({ status: 200, type: 'text/plain', body: 'good' }),
      },
      failed: error => failures.push(error),
    });
    await expect(ask(`${url}/bad`, `Bearer ${TOKEN}`)).rejects.toThrow();
    expect(failures).toEqual([new Error('no figures')]);
    expect((await ask(`${url}/good`, `Bearer ${TOKEN}`)).status).toBe(200);
  });

  it('closes although somebody is connected', async () => {
    const endpoint = await opened();
    const client = request(`${endpoint.url}/metrics`);
    client.on('error', () => {});
    client.flushHeaders();
    await endpoint.close();
    await expect(ask(`${endpoint.url}/metrics`)).rejects.toThrow();
  });
});

describe('is refused', () => {
  it.each(['0.0.0.0:9464', '[::]:9464', '192.168.0.3:9464', 'example.com:9464', '127.0.0.1.example.com:1'])(
    'where others reach it: %s',
    async listen => {
      await expect(opened({ listen })).rejects.toMatchObject({ code: 'monitoring', message: /other machines/ });
    },
  );

  it.each(['9464', ':9464', '127.0.0.1', '127.0.0.1:99999', 'http://127.0.0.1:1', ''])(
    'at what is no address: %s',
    async listen => {
      await expect(opened({ listen })).rejects.toMatchObject({ code: 'monitoring', message: /no address/ });
    },
  );

  it('where somebody listens already', async () => {
    const server = createServer();
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(opened({ listen: `127.0.0.1:${port}` })).rejects.toMatchObject({ message: /listens there already/ });
    server.close();
  });

  it('but others may be let in', async () => {
    const { url } = await opened({ listen: '0.0.0.0:0', isPublic: true });
    expect((await ask(`${url}/metrics`)).status).toBe(401);
  });
});
