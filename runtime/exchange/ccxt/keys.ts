/**
 * Keys of an account: from the environment or from a file that only its owner can read. They exist in two places, the
 * client that signs with them and the list of what is blotted out of every message.
 */
import { readFileSync, statSync } from 'node:fs';

export interface VenueKeys {
  readonly apiKey: string;
  readonly secret: string;
  /** Where they came from; holds nothing of them. */
  readonly source: string;
}

export class KeyError extends Error {
  override readonly name = 'KeyError';
}

export interface KeyPlace {
  /** `binance-main` is looked for as `VELA_BINANCE_MAIN_KEY` and `VELA_BINANCE_MAIN_SECRET`. */
  readonly account: string;
  /** JSON: `{ "apiKey": "…", "secret": "…" }`. */
  readonly file?: string;
}

/** Keys of an account, or an error that says where they were looked for. */
export function readKeys({ account, file }: KeyPlace, environment: NodeJS.ProcessEnv): VenueKeys {
  const name = `VELA_${account.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
  if (file !== undefined) return keysOfFile(file);
  const apiKey = environment[`${name}_KEY`];
  const secret = environment[`${name}_SECRET`];
  if (apiKey === undefined || apiKey === '' || secret === undefined || secret === '')
    throw new KeyError(
      `no keys of the account "${account}": set ${name}_KEY and ${name}_SECRET, or name a file that only you can read`,
    );
  // A key of several lines keeps its breaks as \n in an environment file.
  return { apiKey, secret: secret.replaceAll('\\n', '\n'), source: `${name}_KEY and ${name}_SECRET` };
}

function keysOfFile(file: string): VenueKeys {
  let mode: number;
  let text: string;
  try {
    const status = statSync(file);
    mode = status.mode;
    if (process.getuid !== undefined && status.uid !== process.getuid())
      throw new KeyError(`the key file ${file} belongs to somebody else`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof KeyError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'it is not there' : code === 'EISDIR' ? 'it is a folder' : (code ?? 'no reason given');
    throw new KeyError(`the key file ${file} cannot be read: ${why}`, { cause: error });
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new KeyError(`others can read the key file ${file}: run \`chmod 600 ${file}\``);
  const keys = keysOfText(text);
  // Never with a piece of the text in it, so without the parser's own words.
  if (keys === undefined) throw new KeyError(`the key file ${file} must be JSON: { "apiKey": "…", "secret": "…" }`);
  return { ...keys, source: file };
}

function keysOfText(text: string): { apiKey: string; secret: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { apiKey, secret } = value as Record<string, unknown>;
  if (typeof apiKey !== 'string' || apiKey === '' || typeof secret !== 'string' || secret === '') return undefined;
  return { apiKey, secret };
}

export type Redact = (text: string) => string;

const SIGNED = /((?:signature|listenKey|apiKey|api_key|jwt|token)["']?\s*[=:]\s*["']?)[^&\s"',}]+/gi;

/** Blots out keys and what is signed with them. */
export function redactor(keys: VenueKeys | undefined): Redact {
  const secrets = keys === undefined ? [] : [keys.apiKey, keys.secret, ...keys.secret.split('\n')];
  const forms = secrets
    .filter(secret => secret.length > 5)
    .flatMap(secret => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  return text => {
    let clean = text.replace(SIGNED, '$1[redacted]');
    for (const form of forms) clean = clean.replaceAll(form, '[redacted]');
    return clean;
  };
}
