/**
 * A file that an editor has open, and what is known of it at its present version. Everything derived is made when it is
 * first asked for and kept until the next edit: most requests between two edits ask for the same things.
 */
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Position, Range } from 'vscode-languageserver-types';
import type { Configuration } from '../../language/check/configuration.ts';
import type { Causality, Warmup } from '../../language/check/facts.ts';
import { checkStrategyInDetail, type StrategyInDetail } from '../../language/index.ts';
import { type Symbols, symbolsOf } from '../../language/query/symbols.ts';
import type { SourceFile, Span, Tree } from '../../language/syntax/tree.ts';

/** What a check reads besides the file itself. */
export interface Surroundings {
  readonly library: readonly Tree[];
  /** The files that `use` names, by the path written there. */
  readonly modulesOf: (uri: string, text: string) => ReadonlyMap<string, Tree>;
  /** The documents that hold for a strategy; the same object while they stay as they are. */
  readonly configurationOf: (document: Document) => Configuration;
}

export interface Analysis extends StrategyInDetail {
  readonly source: SourceFile;
  readonly symbols: Symbols;
  readonly library: readonly Tree[];
  readonly modules: ReadonlyMap<string, Tree>;
  readonly configuration: Configuration;
  /** Of every node. */
  readonly facts: Facts;
}

export interface Facts {
  readonly warmups: readonly Warmup[];
  readonly causalities: readonly Causality[];
}

/** A strategy is read by people; what is larger is not one, and is not checked. */
export const LARGEST_TEXT = 1 << 20;

export class Document {
  readonly uri: string;
  readonly form: SourceFile['form'];
  /** The editor itself says that it is a strategy, whatever is in it. */
  readonly isDeclared: boolean;
  private text: TextDocument;
  private analysed: Analysis | undefined;
  /** Of the text before the latest edits: what it knows of the rest of the file still holds. */
  private before: StrategyInDetail | undefined;

  constructor(uri: string, languageId: string, version: number, text: string) {
    this.uri = uri;
    this.form = formOf(uri, languageId);
    this.isDeclared = languageId.startsWith('vela') || /\.vela(\.ya?ml)?$/i.test(uri);
    this.text = TextDocument.create(uri, languageId, version, text);
  }

  get version(): number {
    return this.text.version;
  }

  get content(): string {
    return this.text.getText();
  }

  change(changes: Parameters<typeof TextDocument.update>[1], version: number): void {
    this.text = TextDocument.update(this.text, changes, version);
    this.before = this.analysed ?? this.before;
    this.analysed = undefined;
  }

  /** A file that this one uses has changed. */
  forget(): void {
    this.before = undefined;
    this.analysed = undefined;
  }

  analysis(surroundings: Surroundings): Analysis {
    const configuration = surroundings.configurationOf(this);
    if (this.analysed === undefined || this.analysed.configuration !== configuration) {
      this.analysed = analyse(this, surroundings, configuration, this.before);
      this.before = undefined;
    }
    return this.analysed;
  }

  offsetAt(position: Position): number {
    return this.text.offsetAt(position);
  }

  positionAt(offset: number): Position {
    return this.text.positionAt(offset);
  }

  spanOf({ start, end }: Range): Span {
    return { start: this.text.offsetAt(start), end: this.text.offsetAt(end) };
  }

  rangeOf({ start, end }: Span): Range {
    return { start: this.text.positionAt(start), end: this.text.positionAt(end) };
  }
}

function analyse(
  { uri, form, content }: Document,
  { library, modulesOf }: Surroundings,
  configuration: Configuration,
  before: StrategyInDetail | undefined,
): Analysis {
  const text = content.length > LARGEST_TEXT ? '' : content;
  const source: SourceFile = { name: uri, text, form };
  const modules = /\buse\b/.test(text) ? modulesOf(uri, text) : new Map<string, Tree>();
  const checked = checkStrategyInDetail(source, { library, modules, configuration }, before);
  const { facts } = checked.again.kept;
  // Diagnostics need none, and they come first after an edit.
  let symbols: Symbols | undefined;
  return {
    ...checked,
    source,
    get symbols() {
      symbols ??= symbolsOf(checked.tree);
      return symbols;
    },
    library,
    modules,
    configuration,
    facts: { warmups: facts.warmup, causalities: facts.causality },
  };
}

function formOf(uri: string, languageId: string): SourceFile['form'] {
  return languageId === 'yaml' || languageId === 'vela-yaml' || /\.ya?ml$/i.test(uri) ? 'yaml' : 'vela';
}
