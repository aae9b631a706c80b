/**
 * What can be asked of a run over HTTP: `/metrics` and `/health`, of this machine alone unless a person says otherwise, and
 * only with the token. Who has no token learns nothing, not even what there is to ask for.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LiveError } from '../live/errors.ts';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface EndpointParts {
  /** `127.0.0.1:9464`; port 0 takes a free one. */
  readonly listen: string;
  /** Addresses that other machines reach are taken too. */
  readonly isPublic: boolean;
  readonly token: string;
  /** By path. */
  readonly pages: Readonly<Record<string, () => Page | Promise<Page>>>;
  readonly failed: (error: unknown) => void;
}

export interface Endpoint {
  /** As it can be asked for. */
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;
const HELP =
  'name an address of this machine in `system.monitoring.listen`, as in `127.0.0.1:9464`; `public: true` allows others';

export async function openEndpoint({ listen, isPublic, token, pages, failed }: EndpointParts): Promise<Endpoint> {
  const { host, port } = addressOf(listen);
  if (!isPublic && !LOOPBACK.test(host)) {
    throw new LiveError('monitoring', `${listen} can be reached by other machines`, HELP);
  }
  const isToken = comparison(token);
  const server = createServer((request, response) => {
    void answer(request, response, isToken, pages).catch(error => {
      failed(error);
      response.destroy();
    });
  });
  // A client that is slow or silent holds nothing up for long.
  server.requestTimeout = 10_000;
  server.headersTimeout = 5000;
  server.keepAliveTimeout = 5000;
  server.maxConnections = 32;
  await listening(server, host.replace(/^\[|\]$/g, ''), port, listen);
  server.on('error', failed);
  // The run ends when it ends, whoever is still connected.
  server.unref();
  const { port: taken } = server.address() as AddressInfo;
  return { url: `http://${host}:${taken}`, close: () => closed(server) };
}

function addressOf(listen: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]/]+):(\d{1,5})$/.exec(listen) ?? [];
  if (host === undefined || !(Number(port) <= 65_535)) {
    throw new LiveError('monitoring', `\`${listen}\` is no address to listen at`, HELP);
  }
  return { host, port: Number(port) };
}

function listening(server: Server, host: string, port: number, listen: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'somebody listens there already' : error.message;
      reject(
        new LiveError(
          'monitoring',
          `cannot listen at ${listen}: ${why}`,
          'name another port in `system.monitoring.listen`; runs beside each other need one each, in a folder of documents of their own (`--config`)',
        ),
      );
    };
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

/** Takes as long for a wrong token as for the right one, whatever their lengths. */
function comparison(token: string): (given: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return given => timingSafeEqual(digest(given), expected);
}

async function answer(
  { method, url = '/', headers }: IncomingMessage,
  response: ServerResponse,
  isToken: (given: string) => boolean,
  pages: EndpointParts['pages'],
): Promise<void> {
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (!isToken(given))
    return send(response, { status: 401, type: 'text/plain', body: '' }, { 'www-authenticate': 'Bearer' });
  const page = pages[url.replace(/\?.*$/, '')];
  if (page === undefined) return send(response, { status: 404, type: 'text/plain', body: 'not found\n' });
  if (method !== 'GET' && method !== 'HEAD') {
    return send(response, { status: 405, type: 'text/plain', body: 'only GET\n' }, { allow: 'GET, HEAD' });
  }
  send(response, await page());
}

function send(response: ServerResponse, { status, type, body }: Page, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers });
  response.end(body);
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
