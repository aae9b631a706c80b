/**
 * The open documents, and the files around them as they are on disk or, if open, as they are in the editor: what `use`
 * names, who uses a file, the twin beside it, everything below the workspace's folders.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readStrategy } from '../../language/index.ts';
import type { SourceFile, Tree } from '../../language/syntax/tree.ts';
import { Configurations, type FolderOfDocuments } from './configurations.ts';
import { type Analysis, Document, type Surroundings } from './document.ts';
import type { KnownFile } from './features/navigation.ts';

/** A strategy is read by people; what is larger is not one. */
const LARGEST_FILE_BYTES = 1 << 20;
/** Below a folder with more files than this, the rest is left alone. */
const MOST_FILES = 2000;
const DEEPEST = 8;
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'target']);

export class Workspace {
  readonly documents = new Map<string, Document>();
  readonly configurations = new Configurations(uri => this.documents.get(uri));
  roots: readonly string[] = [];
  /** The setting `vela.config`: the folder of the configuration, relative to that of the project. */
  configurationFolder: string | undefined;
  private readonly surroundings: Surroundings;
  /** Files that are not open, as they were read last. */
  private readonly closed = new Map<string, { readonly stamp: string; readonly document: Document }>();
  private listed: readonly string[] | undefined;
  /** Of files that others use, and of those that use others. */
  private readonly trees = new Map<string, Tree>();

  constructor(library: readonly Tree[]) {
    this.surroundings = {
      library,
      modulesOf: uri => this.modulesOf(uri),
      configurationOf: document => this.configuration(document).configuration,
    };
  }

  get library(): readonly Tree[] {
    return this.surroundings.library;
  }

  analysis(document: Document): Analysis {
    return document.analysis(this.surroundings);
  }

  known(document: Document): KnownFile {
    return { document, analysis: this.analysis(document) };
  }

  /** A file by its address, open or not; nothing where there is none. */
  file(uri: string): KnownFile | undefined {
    const open = this.documents.get(uri);
    if (open !== undefined) return this.known(open);
    const path = pathOf(uri);
    const stamp = path === undefined ? undefined : stampOf(path);
    if (path === undefined || stamp === undefined) {
      this.closed.delete(uri);
      return undefined;
    }
    const before = this.closed.get(uri);
    if (before?.stamp === stamp) return this.known(before.document);
    const text = textOf(path);
    if (text === undefined) return undefined;
    const document = new Document(uri, /\.ya?ml$/i.test(uri) ? 'yaml' : 'vela', 0, text);
    this.closed.set(uri, { stamp, document });
    return this.known(document);
  }

  /** Something below the folders has been made, changed or deleted. */
  filesChanged(): void {
    this.listed = undefined;
    this.trees.clear();
    for (const document of this.documents.values()) if (/\buse\b/.test(document.content)) document.forget();
    for (const { document } of this.closed.values()) document.forget();
  }

  // ---------------------------------------------------------------- projects and their configuration

  /** The workspace's innermost folder that holds a file, else its first one; without any, the file's own. */
  projectOf({ uri }: Document): string {
    const path = pathOf(uri);
    const around = this.roots.filter(root => path?.startsWith(root + sep)).toSorted((a, b) => b.length - a.length);
    return around[0] ?? this.roots[0] ?? (path === undefined ? '.' : dirname(path));
  }

  /** The documents that hold for a strategy, as for `vela check` in the project's folder. */
  configuration(document: Document): FolderOfDocuments {
    return this.configurations.of(this.configurationOf(document));
  }

  configurationOf(document: Document): string {
    return this.configurationIn(this.projectOf(document));
  }

  private configurationIn(project: string): string {
    return resolve(project, this.configurationFolder ?? 'config');
  }

  /** Where there are strategies: a `config` of another program is none of ours. */
  configurationFolders(): ReadonlySet<string> {
    const open = [...this.documents.values()].filter(isStrategy).map(document => this.configurationOf(document));
    const uris = this.everyFile();
    const withStrategies = this.roots.filter(root => {
      const folder = `${pathToFileURL(root).href}/`;
      return uris.some(uri => uri.endsWith('.vela') && uri.startsWith(folder));
    });
    return new Set([...open, ...withStrategies.map(root => this.configurationIn(root))]);
  }

  // ---------------------------------------------------------------- modules

  /** After `uri` has changed: the open documents that use it have to be checked anew. */
  dependents(uri: string): readonly Document[] {
    const path = pathOf(uri);
    if (path === undefined) return [];
    return [...this.documents.values()].filter(
      document => document.uri !== uri && this.usedBy(document.uri, document.content).has(path),
    );
  }

  module(document: Document, path: string): KnownFile | undefined {
    const place = placeOfModule(document.uri, path);
    return place === undefined ? undefined : this.file(pathToFileURL(place).href);
  }

  moduleUri(document: Document, path: string): string | undefined {
    const place = placeOfModule(document.uri, path);
    return place !== undefined && existsSync(place) ? pathToFileURL(place).href : undefined;
  }

  /** The strategies of the workspace that use a file. */
  users(document: Document): readonly KnownFile[] {
    const path = pathOf(document.uri);
    if (path === undefined) return [];
    const name = basename(path);
    return this.everyFile(document.uri).flatMap(uri => {
      if (uri === document.uri) return [];
      const open = this.documents.get(uri);
      const text = open?.content ?? textOf(pathOf(uri) ?? '');
      // Most files name no other one: their trees need not be made.
      if (text === undefined || !/\buse\b/.test(text) || !text.includes(name) || !this.usedBy(uri, text).has(path))
        return [];
      return this.file(uri) ?? [];
    });
  }

  /** Paths that a `use` in a document may name: Vela files at and below its folder. */
  modulePaths(document: Document): readonly string[] {
    const folder = folderOf(document.uri);
    if (folder === undefined) return [];
    return this.everyFile(document.uri).flatMap(uri => {
      const path = pathOf(uri);
      const from = path === undefined ? '' : relative(folder, path).split(sep).join('/');
      return uri === document.uri || from === '' || from.startsWith('..') || isAbsolute(from) ? [] : [from];
    });
  }

  private usedBy(uri: string, text: string): ReadonlySet<string> {
    const paths = new Set<string>();
    const folder = folderOf(uri);
    if (folder !== undefined && /\buse\b/.test(text)) this.collect(folder, this.read(uri, true), new Map(), paths);
    return paths;
  }

  private modulesOf(uri: string): ReadonlyMap<string, Tree> {
    const found = new Map<string, Tree>();
    const folder = folderOf(uri);
    if (folder !== undefined) this.collect(folder, this.read(uri, true), found, new Set());
    return found;
  }

  /** As for `vela check`: paths are relative to the strategy's folder and stay inside it. */
  private collect(folder: string, tree: Tree | undefined, found: Map<string, Tree>, paths: Set<string>): void {
    for (const declaration of tree?.declarations ?? []) {
      if (declaration.kind !== 'use') continue;
      const path = declaration.path.value;
      const place = join(folder, path);
      paths.add(place);
      if (!isInside(path) || found.has(path)) continue;
      const module = this.read(pathToFileURL(place).href);
      if (module === undefined) continue;
      found.set(path, module);
      this.collect(folder, module, found, paths);
    }
  }

  /** `usesOnly`: of a large strategy that is being written nothing else is wanted. */
  private read(uri: string, usesOnly = false): Tree | undefined {
    const open = this.documents.get(uri);
    const path = pathOf(uri);
    const whole = open?.content ?? (path === undefined ? undefined : textOf(path));
    if (whole === undefined) return undefined;
    const text = usesOnly ? usesIn(whole, uri) : whole;
    const known = this.trees.get(uri);
    if (known?.source.text === text) return known;
    const form: SourceFile['form'] = /\.ya?ml$/i.test(uri) ? 'yaml' : 'vela';
    // The address is the file's name: what a message points at is found under it.
    const { tree } = readStrategy({ name: uri, text, form });
    // The same tree while the text is the same: what was checked with it may be taken over.
    this.trees.set(uri, tree);
    return tree;
  }

  // ---------------------------------------------------------------- twins and all files

  /** The same strategy in the other spelling: `dip.vela` and `dip.yaml` of one folder. */
  twin(document: Document): KnownFile | undefined {
    const path = pathOf(document.uri);
    if (path === undefined) return undefined;
    const stem = path.replace(/\.(vela\.)?(vela|ya?ml)$/i, '');
    const endings = document.form === 'vela' ? ['.yaml', '.yml', '.vela.yaml'] : ['.vela'];
    for (const ending of endings) {
      const found = this.file(pathToFileURL(`${stem}${ending}`).href);
      if (found !== undefined && isStrategy(found.document)) return found;
    }
    return undefined;
  }

  /** Addresses of all strategies below the workspace's folders; without any, of those beside a document. */
  everyFile(beside?: string): readonly string[] {
    const folder = beside === undefined ? undefined : folderOf(beside);
    const isOutside =
      folder !== undefined && !this.roots.some(root => folder === root || folder.startsWith(root + sep));
    const extra = isOutside ? listFiles([folder], 3) : [];
    this.listed ??= listFiles(this.roots, DEEPEST);
    return [...new Set([...this.documents.keys(), ...this.listed, ...extra])];
  }
}

/** Whether a YAML file is a strategy's: others belong to other programs. */
export function isStrategy(document: Document): boolean {
  return document.form === 'vela' || document.isDeclared || /^strategy[ \t]*:/m.test(document.content);
}

function isInside(path: string): boolean {
  return !isAbsolute(path) && !normalize(path).startsWith('..') && /\.(vela|ya?ml)$/.test(path);
}

/** The lines that name other files, where each stands on a line of its own; else the whole text. */
function usesIn(text: string, uri: string): string {
  if (/\.ya?ml$/i.test(uri)) return text;
  const lines = text.match(/^[^\n]*\buse\b[^\n]*$/gm) ?? [];
  const isPlain = lines.every(line => /^\s*(?:use\s+"[^"]*"\s+as\s+\w+|use\s+\w+|#.*)/.test(line));
  return isPlain ? lines.join('\n') : text;
}

function placeOfModule(uri: string, path: string): string | undefined {
  const folder = folderOf(uri);
  return folder === undefined || !isInside(path) ? undefined : join(folder, path);
}

export function pathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch (error) {
    // An address with a host or an escaped slash is no file of this machine.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function folderOf(uri: string): string | undefined {
  const path = pathOf(uri);
  return path === undefined ? undefined : dirname(path);
}

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? `${stat.mtimeMs} ${stat.size}` : undefined;
}

/** What cannot be read is not there; the checker says so at the `use` that names it. */
function textOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.size > LARGEST_FILE_BYTES) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Deleted meanwhile, or not ours to read.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function listFiles(roots: readonly string[], depth: number): readonly string[] {
  const found: string[] = [];
  const visit = (folder: string, left: number) => {
    if (left < 0 || found.length >= MOST_FILES) return;
    let entries: readonly { readonly name: string; isDirectory(): boolean; isFile(): boolean }[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      if (error instanceof Error && 'code' in error) return;
      throw error;
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path, left - 1);
      else if (entry.isFile() && /\.(vela|ya?ml)$/i.test(entry.name)) found.push(pathToFileURL(path).href);
    }
  };
  for (const root of roots) visit(root, depth);
  return found;
}
