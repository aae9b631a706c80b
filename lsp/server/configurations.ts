/**
 * The configuration documents that strategies go by (model.yaml, trading.yaml, system.yaml of one folder): as they stand in the
 * editor where they are open, else as they are on disk. What examines them is loaded when there is one.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Configuration } from '../../language/check/configuration.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import type { ConfigurationMistake, DocumentText, Examined, examine } from '../../runtime/config/examine.ts';
import { DOCUMENTS, type DocumentName } from '../../runtime/config/texts.ts';

/** The text of an open document. */
export interface OpenText {
  readonly version: number;
  readonly content: string;
}

export interface FolderOfDocuments {
  /** The same object until a document changes. */
  readonly configuration: Configuration;
  /** By the address of each document that is there. */
  readonly documents: ReadonlyMap<string, ExaminedDocument>;
}

export interface ExaminedDocument {
  readonly source: SourceFile;
  readonly mistakes: readonly ConfigurationMistake[];
}

const NOTHING: FolderOfDocuments = { configuration: {}, documents: new Map() };

export class Configurations {
  private readonly open: (uri: string) => OpenText | undefined;
  private readonly known = new Map<string, { readonly stamp: string; readonly found: FolderOfDocuments }>();
  private examine: typeof examine | undefined;

  constructor(open: (uri: string) => OpenText | undefined) {
    this.open = open;
  }

  /** Whether a folder can be told of at once: it holds no document, or what examines them is there. */
  isReady(folder: string): boolean {
    return this.examine !== undefined || DOCUMENTS.every(name => this.stampOf(folder, name) === undefined);
  }

  async load(): Promise<void> {
    this.examine ??= (await import('../../runtime/config/examine.ts')).examine;
  }

  /** What a folder says; nothing before `load` has ended. */
  of(folder: string): FolderOfDocuments {
    const stamps = DOCUMENTS.map(name => this.stampOf(folder, name));
    if (this.examine === undefined || stamps.every(stamp => stamp === undefined)) return NOTHING;
    const stamp = stamps.join('|');
    const before = this.known.get(folder);
    if (before?.stamp === stamp) return before.found;
    const texts = DOCUMENTS.flatMap(name => this.textOf(folder, name) ?? []);
    const found = foundIn(folder, texts, this.examine(texts));
    this.known.set(folder, { stamp, found });
    return found;
  }

  private stampOf(folder: string, name: DocumentName): string | undefined {
    const open = this.open(uriOf(folder, name));
    if (open !== undefined) return `open ${open.version}`;
    const stat = statSync(pathOf(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() ? `${stat.mtimeMs} ${stat.size}` : undefined;
  }

  private textOf(folder: string, name: DocumentName): DocumentText | undefined {
    const path = pathOf(folder, name);
    const text = this.open(uriOf(folder, name))?.content ?? readable(path);
    return text === undefined ? undefined : { name, source: { name: path, text, form: 'yaml' } };
  }
}

function foundIn(
  folder: string,
  texts: readonly DocumentText[],
  { configuration, mistakes }: Examined,
): FolderOfDocuments {
  const documents = texts.map(({ name, source }) => {
    const own = mistakes.filter(({ document }) => document === name);
    return [uriOf(folder, name), { source, mistakes: own }] as const;
  });
  return { configuration, documents: new Map(documents) };
}

/** Whether a file could be one of the documents, by its name. */
export function isDocumentName(path: string): boolean {
  return DOCUMENTS.some(name => basename(path) === `${name}.yaml`);
}

function pathOf(folder: string, name: DocumentName): string {
  return join(folder, `${name}.yaml`);
}

function uriOf(folder: string, name: DocumentName): string {
  return pathToFileURL(pathOf(folder, name)).href;
}

/** What is deleted meanwhile, or not ours to read, is not there; a command says so. */
function readable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
