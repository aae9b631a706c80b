/** The runs of the open documents: when they are started, what is shown of them, what has become of each. */
import type { Analysis, Document } from './document.ts';
import type { Samples } from './features/hover.ts';
import type { RunStatus, Settings, TradeBars, Unavailable } from './protocol.ts';
import type { Latest, RunJob, Runner, RunTold, StartRunner } from './runs.ts';

export interface KeeperParts {
  readonly settings: () => Settings;
  readonly folderOf: (document: Document) => string;
  readonly modulesOf: (document: Document) => RunJob['modules'];
  readonly nameOf: (document: Document) => string;
  readonly hasErrors: (document: Document) => boolean;
  readonly told: (uri: string, version: number, status: RunStatus) => void;
  /** Something that is on show has changed. */
  readonly shown: () => void;
}

const OFF: Latest = { status: { state: 'off' }, version: -1 };
const NO_SAMPLES: Samples = new Map();

export class RunKeeper {
  private readonly parts: KeeperParts;
  private readonly start: StartRunner | undefined;
  private runner: Runner | undefined;
  private readonly results = new Map<string, Latest>();
  private readonly sampled = new Map<string, Samples>();
  /** What the latest job of each document was made of: the same again is not run again. */
  private readonly asked = new Map<string, { readonly key: string; readonly version: number }>();

  constructor(start: StartRunner | undefined, parts: KeeperParts) {
    this.start = start;
    this.parts = parts;
  }

  latest(uri: string): Latest {
    return this.results.get(uri) ?? OFF;
  }

  samples(uri: string): Samples {
    return this.sampled.get(uri) ?? NO_SAMPLES;
  }

  /** The document says something else now, or is to be run on something else. */
  changed(document: Document): void {
    const { uri, version } = document;
    if (this.start === undefined || this.parts.settings().runs === false) {
      this.runner?.forget(uri);
      this.asked.delete(uri);
      this.note(uri, version, { state: 'off' });
      return;
    }
    if (this.parts.hasErrors(document)) {
      this.runner?.forget(uri);
      this.asked.delete(uri);
      this.note(uri, version, { state: 'errors' });
      return;
    }
    const job = this.jobOf(document);
    const key = JSON.stringify([job.text, job.modules, job.settings, job.folder]);
    if (this.asked.get(uri)?.key === key) return;
    this.asked.set(uri, { key, version });
    this.note(uri, version, { state: 'running' }, false);
    this.running().run(job);
  }

  private running(): Runner {
    if (this.start === undefined) throw new Error('nothing runs strategies here');
    this.runner ??= this.start(told => this.hear(told));
    return this.runner;
  }

  private jobOf(document: Document): RunJob {
    const { uri, version, content, form } = document;
    return {
      uri,
      version,
      name: this.parts.nameOf(document),
      text: content,
      form,
      modules: this.parts.modulesOf(document),
      settings: this.parts.settings(),
      folder: this.parts.folderOf(document),
    };
  }

  private hear(told: RunTold): void {
    const { uri, version } = told;
    const before = this.results.get(uri);
    // Closed meanwhile, or written on: what was on its way is of a text that is no longer there.
    if (before === undefined || this.asked.get(uri)?.version !== version) return;
    switch (told.of) {
      case 'status':
        this.note(uri, version, told.status);
        return;
      case 'figures': {
        const { figures } = told;
        const { sensitivity } = before;
        this.results.set(uri, {
          status: { state: 'done', summary: figures.summary },
          figures,
          version,
          ...(sensitivity && { sensitivity }),
        });
        this.sampled.set(uri, new Map(figures.samples));
        this.parts.told(uri, version, { state: 'done', summary: figures.summary });
        this.parts.shown();
        return;
      }
      case 'sensitivity':
        this.results.set(uri, { ...before, sensitivity: told.sensitivity });
        this.parts.shown();
    }
  }

  private note(uri: string, version: number, status: RunStatus, isShown = true): void {
    const before = this.results.get(uri);
    const isNews = JSON.stringify(before?.status) !== JSON.stringify(status);
    this.results.set(uri, { ...(before ?? { version }), status });
    if (!isNews) return;
    this.parts.told(uri, version, status);
    if (isShown) this.parts.shown();
  }

  forget(uri: string): void {
    this.runner?.forget(uri);
    this.results.delete(uri);
    this.sampled.delete(uri);
    this.asked.delete(uri);
  }

  async report(document: Document): Promise<{ readonly html: string } | Unavailable> {
    if (this.start === undefined) return { unavailable: 'This server runs no strategies.' };
    if (this.parts.hasErrors(document))
      return { unavailable: 'The strategy has errors, so there is nothing to report.' };
    return this.running().report(this.jobOf(document));
  }

  /** With the places at which the streams are declared. */
  async trade(document: Document, trade: number, { symbols }: Analysis): Promise<TradeBars | Unavailable> {
    if (this.start === undefined) return { unavailable: 'This server runs no strategies.' };
    if (this.parts.hasErrors(document)) return { unavailable: 'The strategy has errors, so there are no trades.' };
    const found = await this.running().trade(this.jobOf(document), trade);
    if ('unavailable' in found) return found;
    const ranges = new Map(
      symbols.symbols.filter(({ kind }) => kind !== 'fn').map(({ name, span }) => [name, document.rangeOf(span)]),
    );
    const bars = found.bars.map(bar => ({
      ...bar,
      values: bar.values.map(value => {
        const range = value.kind === 'column' ? undefined : ranges.get(value.name);
        return range === undefined ? value : { ...value, range };
      }),
    }));
    return { ...found, bars };
  }

  end(): void {
    this.runner?.end();
    this.runner = undefined;
  }
}
