/**
 * Rehearsal: a venue's hosts redirected to this machine. `https://HOST/path` becomes `http://127.0.0.1:8123/HOST/path` and
 * `wss://HOST/path` becomes `ws://127.0.0.1:8123/HOST/path`. Signed requests go there, so no address but loopback is taken.
 */
const LOOPBACK = /^(127(?:\.\d{1,3}){3}|\[::1\]|localhost):(\d{1,5})$/;

export class RedirectError extends Error {
  override readonly name = 'RedirectError';
}

/** `127.0.0.1:8123`, checked. */
export function parseRedirect(text: string): string {
  const [, , port = ''] = LOOPBACK.exec(text) ?? [];
  const isPort = Number(port) > 0 && Number(port) < 65_536;
  if (!isPort)
    throw new RedirectError(
      `a venue can be redirected to this machine only, such as "127.0.0.1:8123"; "${text}" is not an address of it`,
    );
  return text;
}

const SECURE: Readonly<Record<string, string>> = { 'https:': 'http:', 'wss:': 'ws:' };

export function redirected(url: string, redirect: string): string {
  const [, scheme = '', rest = ''] = /^(https:|wss:)\/\/(.*)$/.exec(url) ?? [];
  const plain = SECURE[scheme];
  if (plain === undefined) throw new RedirectError('only https and wss addresses of a venue are redirected');
  return `${plain}//${redirect}/${rest}`;
}

/** The same tree of addresses, each redirected; what is no address stays. */
export function redirectedUrls<T>(urls: T, redirect: string): T {
  if (typeof urls === 'string') return (/^(https|wss):/.test(urls) ? redirected(urls, redirect) : urls) as T;
  if (typeof urls !== 'object' || urls === null) return urls;
  const entries = Object.entries(urls).map(([name, url]) => [name, redirectedUrls(url, redirect)]);
  return Object.fromEntries(entries) as T;
}
