/** The runs of the open documents: when they are started, what is shown of them, what has become of each. */
import type { FolderOfDocuments } from './configurations.ts';
import type { Analysis, Document } from './document.ts';
import type { Samples } from './features/hover.ts';
import type { RunStatus, Settings, TradeBars, Unavailable } from './protocol.ts';
import type { Latest, RunJob, Runner, RunTold, StartRunner, Training } from './runs.ts';

export interface KeeperParts {
  readonly settings: () => Settings;
  readonly folderOf: (document: Document) => string;
  readonly configurationOf: (document: Document) => FolderOfDocuments;
  readonly modulesOf: (document: Document) => RunJob['modules'];
  readonly nameOf: (document: Document) => string;
  readonly hasErrors: (document: Document) => boolean;
  readonly told: (uri: string, version: number, status: RunStatus) => void;
  /** The document as it stands now, where it is still open. */
  readonly document: (uri: string) => Document | undefined;
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
  /** Trainings that go on, by document. */
  private readonly trainings = new Map<string, { readonly training: Training; how: string }>();
  /** What the latest job of each document was made of: the same again is not run again. */
  private readonly asked = new Map<string, { readonly key: string; readonly version: number }>();

  constructor(start: StartRunner | undefined, parts: KeeperParts) {
    this.start = start;
    this.parts = parts;
  }

  latest(uri: string): Latest {
    const latest = this.results.get(uri) ?? OFF;
    const training = this.trainings.get(uri);
    return training === undefined ? latest : { ...latest, status: { state: 'training', how: training.how } };
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
    const broken = this.brokenConfiguration(document);
    if (broken !== undefined) {
      this.runner?.forget(uri);
      this.asked.delete(uri);
      this.note(uri, version, { state: 'failed', why: broken });
      return;
    }
    const job = this.jobOf(document);
    const key = JSON.stringify([job.text, job.modules, job.settings, job.folder, job.configuration]);
    if (this.asked.get(uri)?.key === key) return;
    this.asked.set(uri, { key, version });
    this.note(uri, version, { state: 'running' }, false);
    this.running().run(job);
  }

  /** As a command refuses to run under settings that may not be those that were meant. */
  private brokenConfiguration(document: Document): string | undefined {
    for (const { mistakes } of this.parts.configurationOf(document).documents.values())
      for (const { error } of mistakes)
        return `${(error.file ?? '').split(/[\\/]/).slice(-2).join('/')}:${error.line ?? 1}: ${error.message}`;
    return undefined;
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
      configuration: this.parts.configurationOf(document).configuration,
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
        this.parts.told(uri, version, this.latest(uri).status);
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
    this.parts.told(uri, version, this.latest(uri).status);
    if (isShown) this.parts.shown();
  }

  forget(uri: string): void {
    this.runner?.forget(uri);
    this.trainings.get(uri)?.training.stop();
    this.results.delete(uri);
    this.sampled.delete(uri);
    this.asked.delete(uri);
  }

  private whyNot(document: Document, consequence: string): string | undefined {
    if (this.start === undefined) return 'This server runs no strategies.';
    if (this.parts.hasErrors(document)) return `The strategy has errors, so ${consequence}.`;
    return this.brokenConfiguration(document);
  }

  /** Trains what is missing, or stops the training that goes on. */
  async train(document: Document): Promise<{ readonly trained: number } | Unavailable> {
    const { uri } = document;
    const before = this.trainings.get(uri);
    if (before !== undefined) {
      before.training.stop();
      return before.training.done;
    }
    const why = this.whyNot(document, 'there is nothing to train');
    if (why !== undefined) return { unavailable: why };
    const show = (how: string) => {
      const own = this.trainings.get(uri);
      if (own !== undefined) own.how = how;
      const { status } = this.latest(uri);
      this.parts.told(uri, this.parts.document(uri)?.version ?? document.version, status);
      this.parts.shown();
    };
    const training = this.running().train(this.jobOf(document), show);
    this.trainings.set(uri, { training, how: 'training …' });
    show('training …');
    const answer = await training.done;
    this.trainings.delete(uri);
    const now = this.parts.document(uri);
    if (now !== undefined) {
      // The same text has other figures now.
      this.asked.delete(uri);
      this.changed(now);
    }
    return answer;
  }

  async report(document: Document): Promise<{ readonly html: string } | Unavailable> {
    const why = this.whyNot(document, 'there is nothing to report');
    if (why !== undefined) return { unavailable: why };
    return this.running().report(this.jobOf(document));
  }

  /** With the places at which the streams are declared. */
  async trade(document: Document, trade: number, { symbols }: Analysis): Promise<TradeBars | Unavailable> {
    const why = this.whyNot(document, 'there are no trades');
    if (why !== undefined) return { unavailable: why };
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
