/**
 * Loads the program's parts with the code that V8 made of them at an earlier start.
 *
 * Node's own cache keeps what V8 compiles while it reads a file, and that is little: functions are compiled when they are
 * first called, which takes most of the time between a command and its answer. So the code is kept as it is when a run
 * ends, one file a part and command, and V8 itself refuses what another version of it made.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { isPrivate, makeFolder, removeOld } from '../runtime/data/cache-folder.ts';

type Require = (path: string) => unknown;

export class KeptCode {
  /** Where the code lies; absent: nowhere, and everything is compiled as it is needed. */
  private readonly folder: string | undefined;
  /** V8 runs what it is given: only what the user alone can have put there. */
  private readonly isTrusted: boolean;
  private readonly loaded = new Map<string, { exports: unknown }>();
  private readonly fresh: { readonly name: string; readonly script: Script }[] = [];

  constructor(folder: string | undefined) {
    this.folder = folder;
    this.isTrusted = folder !== undefined && isPrivate(folder);
  }

  /** Runs a CommonJS module and what it requires, by relative paths, and gives what it exports. */
  load(path: string): unknown {
    const known = this.loaded.get(path);
    if (known) return known.exports;
    const module: { exports: unknown } = { exports: {} };
    this.loaded.set(path, module);
    const run: (module: object, exports: unknown, require: Require, filename: string, dirname: string) => void =
      this.compile(path).runInThisContext();
    run(module, module.exports, wanted => this.load(join(dirname(path), wanted)), path, dirname(path));
    return module.exports;
  }

  /** Keeps what this run compiled anew. */
  keep(): void {
    const { folder, fresh } = this;
    const [last] = fresh.slice(-1);
    if (folder === undefined || last === undefined) return;
    try {
      makeFolder(folder);
      if (!isPrivate(folder)) return;
      for (const { name, script } of fresh) {
        const target = join(folder, name);
        const aside = `${target}.${process.pid}.part`;
        // In its place at once and whole: another start may be reading.
        writeFileSync(aside, sealed(script.createCachedData()));
        renameSync(aside, target);
      }
      removeOld(folder, last.name, LEFTOVER);
      const build = dirname(folder);
      removeOld(dirname(build), basename(build), BUILD_FOLDER);
    } catch (error) {
      // A full or read-only disk costs the next start some time, and nothing else.
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }

  private compile(path: string): Script {
    const text = readFileSync(path, 'utf8');
    const name = `${path.slice(dirname(path).length + 1)}.code`;
    const cachedData = this.read(name);
    // On the first line, so that places in stack traces are those of the file.
    const wrapped = `(function(module,exports,require,__filename,__dirname){${text}\n})`;
    const script = new Script(wrapped, { filename: path, ...(cachedData && { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected) this.fresh.push({ name, script });
    return script;
  }

  private read(name: string): Buffer | undefined {
    if (this.folder === undefined || !this.isTrusted) return undefined;
    try {
      return unsealed(readFileSync(join(this.folder, name)));
    } catch {
      // Not there yet, or not to be read: compiling does without.
      return undefined;
    }
  }
}

/** V8 trusts what it is given: damaged code would end the process. So a checksum stands before it. */
function sealed(code: Buffer): Buffer {
  const seal = Buffer.alloc(SEAL_BYTES);
  seal.writeUInt32LE(crc32(code), 0);
  return Buffer.concat([seal, code]);
}

function unsealed(bytes: Buffer): Buffer | undefined {
  const code = bytes.subarray(SEAL_BYTES);
  return bytes.length > SEAL_BYTES && crc32(code) === bytes.readUInt32LE(0) ? code : undefined;
}

/** What a process that was killed left of a file of code. */
const LEFTOVER = /^[\w.-]+\.code\.\d+(\.part)?$/;
/** A build and a version of V8, as `folderOfCode` names them. */
const BUILD_FOLDER = /^[0-9a-f]{16}-[0-9a-f]+$/;

/** As many as keep the code where a double would begin. */
const SEAL_BYTES = 8;

/**
 * Where a command's code is kept: beside the plans and candles (`VELA_CACHE`, else the user's cache folder), apart for
 * each build, version of V8 and command, since each command calls other functions.
 */
export function folderOfCode(build: string, command: string, env: NodeJS.ProcessEnv): string | undefined {
  const cache = env.VELA_CACHE ?? userCache(env);
  if (cache === '' || build === '' || env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const isWord = /^[a-z]+$/.test(command);
  return join(cache, 'code', `${build}-${cachedDataVersionTag().toString(16)}`, isWord ? command : 'other');
}

function userCache(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'vela', 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'vela');
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'vela');
}
