/**
 * Where messages go besides the log: a webhook, which takes JSON, and a Telegram chat. Both are told over HTTPS, or over
 * plain HTTP to this machine and the network that it stands in. What leaves has been through `blot` first.
 */
import { DeliveryError, type Sink } from './delivery.ts';
import { type Message, messageJson, messageText } from './message.ts';

export interface WebhookSettings {
  readonly url: string;
  /** Takes secrets out of a text. */
  readonly blot: (text: string) => string;
}

export interface TelegramSettings {
  /** `https://api.telegram.org`, or a server of one's own that speaks the same. */
  readonly api: string;
  readonly token: string;
  readonly chat: string;
  readonly blot: (text: string) => string;
}

/** Longest text that Telegram takes, in UTF-16 units. */
const LONGEST_TELEGRAM = 4096;

export function webhookSink({ url, blot }: WebhookSettings): Sink {
  return {
    name: 'webhook',
    send: (message, signal) => post(url, blot(JSON.stringify(messageJson(message))), signal, 'the webhook'),
  };
}

export function telegramSink({ api, token, chat, blot }: TelegramSettings): Sink {
  const url = `${api.replace(/\/$/, '')}/bot${token}/sendMessage`;
  return {
    name: 'telegram',
    send: (message, signal) => {
      const text = blot(messageText(message)).slice(0, LONGEST_TELEGRAM);
      const body = { chat_id: chat, text, disable_web_page_preview: true, disable_notification: isQuiet(message) };
      return post(url, JSON.stringify(body), signal, 'Telegram');
    },
  };
}

function isQuiet({ kind, severity }: Message): boolean {
  return kind !== 'alert' || severity === 'info';
}

/** `who` stands in messages, in which the address must not: it may hold a secret. */
async function post(url: string, body: string, signal: AbortSignal, who: string): Promise<void> {
  let response: Response;
  try {
    const headers = { 'content-type': 'application/json', 'user-agent': 'vela' };
    response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    // What it says is of no use; reading it frees the connection.
    const said = await response.text();
    if (response.ok) return;
    throw new DeliveryError(`${who} answered ${response.status}`, refusal(response, said));
  } catch (error) {
    if (error instanceof DeliveryError) throw error;
    throw new DeliveryError(`${who} ${whyOf(error, signal)}`);
  }
}

function whyOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'did not answer in time';
  const { cause } = error instanceof Error ? error : {};
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return `cannot be reached${code}`;
}

/** Answers of the 400s do not get better, but for `too many` and `not yet`. */
function refusal(
  { status, headers }: Response,
  said: string,
): { readonly isFinal: boolean; readonly afterMs?: number } {
  const isFinal = status >= 300 && status < 500 && status !== 408 && status !== 425 && status !== 429;
  const seconds = Number(headers.get('retry-after') ?? retryAfterIn(said));
  return { isFinal, ...(seconds > 0 && { afterMs: seconds * 1000 }) };
}

/** Telegram says it in its answer: `{"parameters": {"retry_after": 3}}`. */
function retryAfterIn(said: string): number {
  return Number(/"retry_after" ?: ?(\d+)/.exec(said)?.[1] ?? Number.NaN);
}

/** Whether an address may be told of the account: what goes over plain HTTP must not leave the own network. */
export function isSafeAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return true;
  return protocol === 'http:' && PRIVATE.test(hostname);
}

/** This machine, private networks, and names without a dot, which only the own network knows. */
const PRIVATE =
  /^(localhost|127(\.\d+){3}|\[::1\]|10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}|[a-z0-9_-]+)$/i;
