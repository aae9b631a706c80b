/**
 * The versions of a project, addressed by what they were made from. A folder a version, named by its id, with `version.json`
 * and `model.onnx`; beside them, for each model, the version that was promoted. Nothing in it is ever changed in place.
 */
import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ModelError, modelError } from '../errors.ts';
import { DISK, type Disk, removeFolder, removeStale, systemCodeOf, writeFile, writeFolder } from './disk.ts';
import { canonicalText, hashOf } from './hash.ts';
import { VERSION_FORMAT, type Version } from './version.ts';

/** Where a project keeps its models, seen from the folder that commands are started in. */
export const REGISTRY_FOLDER: string = join('.vela', 'models');

export interface StoredVersion {
  readonly version: Version;
  readonly graph: Uint8Array;
}

export class Registry {
  readonly folder: string;
  private readonly disk: Disk;
  private readonly known = new Map<string, StoredVersion>();

  constructor(folder: string = REGISTRY_FOLDER, disk: Disk = DISK) {
    this.folder = folder;
    this.disk = disk;
  }

  /** Undefined when there is none of this id. Throws E1145 for a damaged one, E1147 for one of a later build. */
  find(id: string): StoredVersion | undefined {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const found = this.read(id);
    if (found !== undefined) this.known.set(id, found);
    return found;
  }

  /**
   * Keeps a version. Where its id is known already, the digests must agree: E1141 names the trainer otherwise. Whoever comes
   * second writes nothing.
   */
  keep(version: Version, graph: Uint8Array): StoredVersion {
    const stored: StoredVersion = { version, graph };
    const files = new Map<string, Uint8Array>([
      ['version.json', documentBytes(version)],
      ['model.onnx', graph],
    ]);
    if (!writeFolder(this.folder, this.placeOf(version.id), files, this.disk)) {
      const first = this.read(version.id);
      if (first === undefined) throw modelError('E1145', { id: version.id, reason: 'its folder is empty' });
      if (first.version.digest !== version.digest) {
        const known = first.version.digest;
        throw modelError('E1141', { id: version.id, trainer: trainerOf(version), known, found: version.digest });
      }
    }
    this.known.set(version.id, stored);
    return stored;
  }

  /** All versions that are whole, by model, then by the instant from which they may predict. */
  list(): readonly Version[] {
    return this.entries()
      .flatMap(({ version }) => version ?? [])
      .toSorted(
        (a, b) => compare(a.model, b.model) || compare(a.activeFrom ?? '', b.activeFrom ?? '') || compare(a.id, b.id),
      );
  }

  /** Every id, with its version, or with what is wrong with it. */
  entries(): readonly { readonly id: string; readonly version?: Version; readonly damage?: ModelError }[] {
    return this.ids().map(id => {
      try {
        const version = this.find(id)?.version;
        return version === undefined ? { id } : { id, version };
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        return { id, damage: error };
      }
    });
  }

  /** The version with this id, or with the only id that begins so. Throws E1142, E1143, E1145. */
  resolve(given: string): Version {
    const id = this.resolveId(given);
    const found = this.find(id);
    if (found === undefined) throw modelError('E1142', { given, similar: [] });
    return found.version;
  }

  /** The same without looking into it: a damaged one has an id too. */
  resolveId(given: string): string {
    const ids = this.ids();
    const matching = given === '' ? [] : ids.filter(id => id.startsWith(given.toLowerCase()));
    const [first] = matching;
    if (first === undefined) throw modelError('E1142', { given, similar: ids.slice(0, 3).map(id => id.slice(0, 12)) });
    if (matching.length > 1 && !matching.includes(given)) throw modelError('E1143', { given, matching });
    return first;
  }

  /** The version that stands for a model by a person's word. */
  promoted(model: string): string | undefined {
    return readIfThere(this.promotionOf(model))?.trim();
  }

  promote(version: Version): void {
    writeFile(this.folder, this.promotionOf(version.model), Buffer.from(`${version.id}\n`), this.disk);
  }

  /** What was trained serves again. */
  demote(model: string): void {
    rmSync(this.promotionOf(model), { force: true });
  }

  /** Throws E1144 while it is promoted, or another version was made with it. */
  remove(id: string): void {
    const users = [
      ...entriesOf(join(this.folder, 'promoted')).flatMap(({ name }) => {
        const model = decodeURIComponent(name);
        return this.promoted(model) === id ? [`it is promoted for model \`${model}\``] : [];
      }),
      ...this.list()
        .filter(({ upstream, origin }) => upstream.includes(id) || parentOf(origin) === id)
        .map(other => `version ${other.id.slice(0, 12)} of model \`${other.model}\` was made with it`),
    ];
    if (users.length > 0) throw modelError('E1144', { id, users });
    removeFolder(this.folder, this.placeOf(id), this.disk);
    this.known.delete(id);
  }

  /** Removes what processes left behind that were killed while writing. */
  tidy(): void {
    try {
      removeStale(join(this.folder, 'aside'));
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw error;
    }
  }

  private read(id: string): StoredVersion | undefined {
    const place = this.placeOf(id);
    const text = readIfThere(join(place, 'version.json'));
    if (text === undefined) return undefined;
    const version = parse(id, text);
    if (version.format !== VERSION_FORMAT) throw modelError('E1147', { folder: place, format: version.format });
    const graph = bytesIfThere(join(place, 'model.onnx'));
    if (graph === undefined) throw modelError('E1145', { id, reason: '`model.onnx` is missing' });
    if (version.id !== id) throw modelError('E1145', { id, reason: '`version.json` is that of another version' });
    if (digestOf(version, graph) !== version.digest)
      throw modelError('E1145', { id, reason: 'its bytes are not those that were written' });
    return { version, graph };
  }

  private ids(): readonly string[] {
    return entriesOf(join(this.folder, 'versions'))
      .filter(entry => entry.isDirectory() && /^[0-9a-f]{64}$/.test(entry.name))
      .map(entry => entry.name)
      .sort();
  }

  private placeOf(id: string): string {
    return join(this.folder, 'versions', id);
  }

  private promotionOf(model: string): string {
    return join(this.folder, 'promoted', encodeURIComponent(model));
  }
}

/** What the digest covers: all that a prediction depends on. */
export function digestOf(
  {
    steps,
    params,
    calibration,
    objective,
    graph: shape,
  }: Pick<Version, 'steps' | 'params' | 'calibration' | 'objective' | 'graph'>,
  graph: Uint8Array,
): string {
  return hashOf([
    { name: 'graph', column: graph },
    { name: 'constants', document: { steps, params, calibration, objective, shape } },
  ]);
}

/** Of a graph made elsewhere: its own bytes and how it is to be read. */
export function importedId(graph: Uint8Array, facts: unknown): string {
  return createHash('sha256').update(canonicalText(facts)).update('\n').update(graph).digest('hex');
}

function documentBytes(version: Version): Uint8Array {
  return Buffer.from(`${JSON.stringify(JSON.parse(canonicalText(version)), null, 1)}\n`);
}

function parse(id: string, text: string): Version {
  try {
    return JSON.parse(text) as Version;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw modelError('E1145', { id, reason: '`version.json` cannot be read' });
  }
}

function trainerOf({ origin }: Version): string {
  return origin.kind === 'trained' ? origin.trainer.name : origin.kind;
}

function parentOf(origin: Version['origin']): string | undefined {
  return origin.kind === 'compressed' ? origin.parent : undefined;
}

function bytesIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  const bytes = bytesIfThere(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
