/**
 * A venue on this machine: HTTP and WebSocket on one loopback port, hosts as the first part of the path, as a rehearsal's
 * redirection asks for them (`https://HOST/path` is `http://127.0.0.1:PORT/HOST/path`).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Faults, type HttpAnswer } from './faults.ts';
import type { Counted, Protocol, Route, StreamClient, VenueRequest } from './protocol.ts';

export interface VenueServer {
  /** For `venues: { NAME: { redirect } }`. */
  readonly redirect: string;
  readonly faults: Faults;
  /** `POST /api/v3/order`, in order of arrival; with its parameters, without the signature. */
  readonly requests: { readonly name: string; readonly params: VenueRequest['params'] }[];
  /** All requests are answered with 503. */
  maintenance: boolean;
  /** What becomes of streams that are opened: `shut`: cut in the handshake; `silent`: no answer to it; `mute`: pings alone are answered. */
  door: 'open' | 'shut' | 'silent' | 'mute';
  /** Weight that may be used a minute; less than the venue's own for tests. */
  weightLimit: number | undefined;
  readonly usedWeight: number;
  readonly sockets: number;
  /** Messages that the open streams have sent: who waits for one knows that a subscription has arrived. */
  readonly subscriptions: number;
  /** Cuts the streams whose host begins so. */
  dropSockets(host?: string): void;
  /** They stay open and say nothing more, nor answer pings. */
  freezeSockets(host?: string): void;
  close(): Promise<void>;
}

interface Connection {
  readonly host: string;
  readonly socket: WebSocket;
  frozen: boolean;
  received: number;
}

const MINUTE_MS = 60_000;
const BAN_MS = 120_000;

export async function startServer(protocol: Protocol, now: () => number): Promise<VenueServer> {
  const connections = new Set<Connection>();
  const silent = new Set<Socket>();
  const streams = new WebSocketServer({ noServer: true });
  const faults = new Faults();
  const requests: VenueServer['requests'] = [];
  const weights = weightWindow(now);
  const counts = countWindows(now);

  const server = createServer((incoming, response) => {
    void answer(incoming, response);
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const name = `${request.method} ${request.path}`;
    const { signature: _, ...params } = request.params;
    requests.push({ name, params });
    const fault = faults.take(name, request.params);
    if (fault?.when === 'before') {
      if (fault.answer === 'cut') return void incoming.socket.destroy();
      if (fault.answer === 'silence') return;
      if (fault.answer === 'delay') await (fault.until ?? wait(fault.delayMs ?? 0));
      else if (fault.answer === 'twice') handle(request);
      else return write(response, fault.answer);
    }
    const reply = handle(request);
    if (fault?.when === 'after') {
      if (fault.answer === 'cut') return void incoming.socket.destroy();
      if (fault.answer === 'silence') return;
      if (fault.answer === 'delay') await (fault.until ?? wait(fault.delayMs ?? 0));
      else if (fault.answer === 'twice') handle(request);
      else return write(response, fault.answer);
    }
    write(response, reply);
  }

  function handle(request: VenueRequest): HttpAnswer {
    if (state.maintenance) return { status: 503, body: 'Service Unavailable' };
    const found = findRoute(protocol.routes, request);
    if (found === undefined)
      return { status: 404, body: `{"code":-1,"msg":"no route ${request.method} ${request.path}"}` };
    const over = weights.use(found.route.weight, state.weightLimit ?? protocol.weightLimit);
    const headers = protocol.headers(weights.used());
    if (over !== undefined) {
      const body = JSON.stringify({
        code: -1003,
        msg: `Way too much request weight used; ${over.status === 418 ? 'IP banned' : 'slow down'}.`,
      });
      return { status: over.status, body, headers: { ...headers, 'retry-after': String(over.retryAfterS) } };
    }
    const tooMany = protocol.counted(found.route).find(counted => !counts.use(counted));
    if (tooMany !== undefined) return { status: 429, body: tooMany.refusal, headers };
    try {
      const whole = { ...request, params: { ...request.params, ...found.params } };
      if (found.route.isSigned) protocol.authenticate(whole);
      return { status: 200, body: JSON.stringify(found.route.handle(whole)), headers };
    } catch (error) {
      return { headers, ...protocol.refuse(error) };
    }
  }

  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    if (state.door === 'shut') return void socket.destroy();
    if (state.door === 'silent') return void silent.add(socket);
    streams.handleUpgrade(incoming, socket, head, ws => connect(incoming, ws));
  });

  function connect(incoming: IncomingMessage, socket: WebSocket): void {
    const { host, path } = splitHost(incoming.url ?? '/');
    const connection: Connection = { host, socket, frozen: state.door === 'mute', received: 0 };
    connections.add(connection);
    const held: string[] = [];
    const client: StreamClient = {
      host,
      path,
      send: (name, message) => {
        if (connection.frozen || socket.readyState !== 1) return;
        const text = JSON.stringify(message);
        const fault = faults.takeSocket(name);
        if (fault?.kind === 'lose') return;
        if (fault?.kind === 'swap') return void held.push(text);
        socket.send(text);
        if (fault?.kind === 'twice') socket.send(text);
        for (const late of held.splice(0)) socket.send(late);
      },
      close: () => socket.close(),
    };
    const session = protocol.connect(client);
    socket.on('message', (data: Buffer) => {
      if (connection.frozen) return;
      const message = JSON.parse(data.toString());
      session.receive(message);
      // Pings are nothing that a test waits for.
      if (message.channel !== 'heartbeats') connection.received++;
    });
    socket.on('close', () => {
      connections.delete(connection);
      session.closed();
    });
    socket.on('error', () => socket.terminate());
  }

  const matching = (host = '') => [...connections].filter(connection => connection.host.startsWith(host));
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const state: VenueServer = {
    redirect: `127.0.0.1:${port}`,
    faults,
    requests,
    maintenance: false,
    door: 'open',
    weightLimit: undefined,
    get usedWeight() {
      return weights.used();
    },
    get sockets() {
      return connections.size;
    },
    get subscriptions() {
      return [...connections].reduce((sum, { received }) => sum + received, 0);
    },
    dropSockets: host => {
      for (const connection of matching(host)) {
        connection.socket.terminate();
        connections.delete(connection);
      }
    },
    freezeSockets: host => {
      for (const connection of matching(host)) {
        connection.frozen = true;
        connection.socket.pause();
      }
    },
    close: async () => {
      for (const { socket } of connections) socket.terminate();
      for (const socket of silent) socket.destroy();
      streams.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return state;
}

function write(response: ServerResponse, { status, body, headers }: HttpAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}

function wait(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms);
  });
}

function splitHost(url: string): { host: string; path: string } {
  const [, host = '', path = ''] = /^\/([^/]+)(.*)$/.exec(url) ?? [];
  return { host, path: path === '' ? '/' : path };
}

async function readRequest(incoming: IncomingMessage): Promise<VenueRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const { host, path: whole } = splitHost(incoming.url ?? '/');
  const [path = '', query = ''] = whole.split('?');
  const fromBody = body.startsWith('{')
    ? (JSON.parse(body) as Record<string, string>)
    : Object.fromEntries(new URLSearchParams(body));
  return {
    method: incoming.method ?? 'GET',
    host,
    path,
    query,
    body,
    params: { ...Object.fromEntries(new URLSearchParams(query)), ...fromBody },
    headers: incoming.headers as Record<string, string>,
  };
}

function findRoute(routes: readonly Route[], { method, host, path }: VenueRequest) {
  for (const route of routes) {
    if (route.method !== method || route.host !== host) continue;
    const names: string[] = [];
    const pattern = route.path.replace(/:(\w+)/g, (_, name: string) => {
      names.push(name);
      return '([^/]+)';
    });
    const match = new RegExp(`^${pattern}$`).exec(path);
    if (match !== null) return { route, params: Object.fromEntries(names.map((name, i) => [name, match[i + 1]])) };
  }
  return undefined;
}

/** Weight used in the present minute of the venue's clock; who goes on after a 429 is banned. */
function weightWindow(now: () => number) {
  let minute = 0;
  let used = 0;
  let bannedUntil = 0;
  let warned = 0;
  const roll = () => {
    const present = Math.floor(now() / MINUTE_MS);
    if (present !== minute) [minute, used, warned] = [present, 0, 0];
  };
  return {
    used: () => {
      roll();
      return used;
    },
    use: (weight: number, limit: number): { status: 429 | 418; retryAfterS: number } | undefined => {
      roll();
      if (now() < bannedUntil) return { status: 418, retryAfterS: Math.ceil((bannedUntil - now()) / 1000) };
      used += weight;
      if (used <= limit) return undefined;
      if (++warned > 3) {
        bannedUntil = now() + BAN_MS;
        return { status: 418, retryAfterS: BAN_MS / 1000 };
      }
      return { status: 429, retryAfterS: Math.ceil(((minute + 1) * MINUTE_MS - now()) / 1000) };
    },
  };
}

/**
 * How many of a kind came in the last seconds, by the venue's clock and by this machine's: a clock that stands still, or runs
 * ahead, makes nobody too quick.
 */
function countWindows(now: () => number) {
  const clocks = [now, () => performance.now()];
  const seen = new Map<string, number[][]>();
  return {
    /** False where it is one too many. */
    use: ({ name, most, perMs }: Counted): boolean => {
      const times = seen.get(name) ?? clocks.map(() => []);
      seen.set(name, times);
      const counts = clocks.map((clock, i) => {
        const at = clock();
        const kept = [...(times[i] ?? []), at].filter(time => time > at - perMs);
        times[i] = kept;
        return kept.length;
      });
      return Math.min(...counts) <= most;
    },
  };
}
