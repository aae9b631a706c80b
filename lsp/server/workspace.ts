/** The open documents, and the files around them as they are on disk or, if open, as they are in the editor. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readStrategy } from '../../language/index.ts';
import type { SourceFile, Tree } from '../../language/syntax/tree.ts';
import type { Analysis, Document, Surroundings } from './document.ts';

/** A module is read by people; what is larger is not one. */
const LARGEST_MODULE_BYTES = 1 << 20;

export class Workspace {
  readonly documents = new Map<string, Document>();
  private readonly surroundings: Surroundings;

  constructor(library: readonly Tree[]) {
    this.surroundings = { library, modulesOf: uri => this.modulesOf(uri) };
  }

  get library(): readonly Tree[] {
    return this.surroundings.library;
  }

  analysis(document: Document): Analysis {
    return document.analysis(this.surroundings);
  }

  /** After `uri` has changed: the open documents that use it have to be checked anew. */
  dependents(uri: string): readonly Document[] {
    const path = pathOf(uri);
    if (path === undefined) return [];
    return [...this.documents.values()].filter(
      document => document.uri !== uri && this.usedBy(document.uri, document.content).has(path),
    );
  }

  private usedBy(uri: string, text: string): ReadonlySet<string> {
    const paths = new Set<string>();
    const folder = folderOf(uri);
    if (folder !== undefined && /\buse\b/.test(text)) this.collect(folder, this.read(uri), new Map(), paths);
    return paths;
  }

  private modulesOf(uri: string): ReadonlyMap<string, Tree> {
    const found = new Map<string, Tree>();
    const folder = folderOf(uri);
    if (folder !== undefined) this.collect(folder, this.read(uri), found, new Set());
    return found;
  }

  /** As for `vela check`: paths are relative to the strategy's folder and stay inside it. */
  private collect(folder: string, tree: Tree | undefined, found: Map<string, Tree>, paths: Set<string>): void {
    for (const declaration of tree?.declarations ?? []) {
      if (declaration.kind !== 'use') continue;
      const path = declaration.path.value;
      const isInside = !isAbsolute(path) && !normalize(path).startsWith('..') && /\.(vela|ya?ml)$/.test(path);
      const place = join(folder, path);
      paths.add(place);
      if (!isInside || found.has(path)) continue;
      const module = this.read(pathToFileURL(place).href);
      if (module === undefined) continue;
      found.set(path, module);
      this.collect(folder, module, found, paths);
    }
  }

  private read(uri: string): Tree | undefined {
    const open = this.documents.get(uri);
    const path = pathOf(uri);
    const text = open?.content ?? (path === undefined ? undefined : textOf(path));
    if (text === undefined) return undefined;
    const form: SourceFile['form'] = /\.ya?ml$/i.test(uri) ? 'yaml' : 'vela';
    return readStrategy({ name: uri, text, form }).tree;
  }
}

export function pathOf(uri: string): string | undefined {
  return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
}

function folderOf(uri: string): string | undefined {
  const path = pathOf(uri);
  return path === undefined ? undefined : dirname(path);
}

/** What cannot be read is not there; the checker says so at the `use` that names it. */
function textOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const { size } = statSync(path);
  return size > LARGEST_MODULE_BYTES ? undefined : readFileSync(path, 'utf8');
}
