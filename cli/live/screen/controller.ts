/** Holds what is looked at while the screen is there: reads the run, takes keys, draws lines. Knows nothing of Ink. */
import { join } from 'node:path';
import { runFolder } from '../../../runtime/live/folder.ts';
import { act, carriedOn, type Waiting } from './act.ts';
import { type Frame, frame, type Size } from './frame.ts';
import type { Line } from './line.ts';
import type { Scene } from './scene.ts';
import { type Effect, FIRST_VIEW, pressed, type View, withoutNotice } from './view.ts';
import { nameOfRun, Watch } from './watch.ts';

export interface ControllerParts {
  /** Path of the run's folder. */
  readonly path: string;
  /** Where other runs are, and which, by name. */
  readonly runsFolder: string;
  readonly runs: () => readonly string[];
  /** Blots out what must not be seen. */
  readonly blot: (text: string) => string;
  readonly close: (why: Closed) => void;
  readonly redraw: () => void;
  /** To the shell, until it brings the screen back. */
  readonly suspend: () => void;
}

/** `detached`: the person left. `over`: the run that was shown has ended because the person said so. */
export type Closed = 'detached' | 'over';

/** So long stands what was done last, where the keys are named otherwise. */
const NOTICE_MS = 8000;

export class Controller {
  readonly #parts: ControllerParts;
  #watch: Watch;
  #scene: Scene;
  #view: View = FIRST_VIEW;
  #waiting: Waiting | undefined;
  #noticedMs = Number.NEGATIVE_INFINITY;
  #changed: () => void = () => {};

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#watch = this.#watchOf(parts.path);
    this.#scene = this.#watch.look(parts.runs().length);
  }

  get path(): string {
    return this.#watch.folder.path;
  }

  onChange(changed: () => void): () => void {
    this.#changed = changed;
    return () => {
      this.#changed = () => {};
    };
  }

  /** Reads the run again. */
  look(): void {
    try {
      this.#scene = this.#watch.look(this.#parts.runs().length);
    } catch (error) {
      // A disk that does not answer, rights that were taken away: what was read last stays, and the run goes on.
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.#say(`cannot read ${this.#scene.name}: ${String(error.code)}`);
      this.#changed();
      return;
    }
    if (this.#waiting !== undefined) this.#carryOn(this.#waiting);
    else if (this.#scene.nowMs - this.#noticedMs > NOTICE_MS) this.#view = withoutNotice(this.#view);
    this.#changed();
  }

  press(key: string): void {
    const { view, effect } = pressed(this.#view, key, this.#scene);
    this.#view = view;
    if (effect !== undefined) this.#do(effect);
    this.#changed();
  }

  draw(size: Size): readonly Line[] {
    const drawn: Frame = frame(this.#scene, this.#view, size);
    this.#view = drawn.view;
    return drawn.lines;
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case 'detach':
        this.#parts.close('detached');
        return;
      case 'redraw':
        this.#parts.redraw();
        return;
      case 'suspend':
        this.#parts.suspend();
        return;
      case 'switch':
        this.#switchRun(effect.by);
        return;
      default: {
        const { notice, waiting } = act(effect, this.#watch.folder, this.#scene);
        this.#waiting = waiting;
        this.#say(notice);
        this.#scene = this.#watch.look(this.#scene.runs);
      }
    }
  }

  #carryOn(waiting: Waiting): void {
    const acted = carriedOn(waiting, this.#watch.folder, this.#scene);
    if (acted === undefined) return;
    if (acted === 'over') {
      this.#waiting = undefined;
      this.#parts.close('over');
      return;
    }
    this.#waiting = acted.waiting;
    this.#say(acted.notice);
  }

  #say(notice: string): void {
    this.#view = { ...this.#view, notice };
    this.#noticedMs = this.#scene.nowMs;
  }

  #switchRun(by: 1 | -1): void {
    const { runsFolder } = this.#parts;
    const names = this.#parts.runs();
    const at = names.findIndex(name => join(runsFolder, name) === this.path);
    const next = names[(at + by + names.length) % Math.max(1, names.length)];
    if (next === undefined || join(runsFolder, next) === this.path) {
      this.#say(`there is no other run under ${runsFolder}`);
      return;
    }
    this.#watch = this.#watchOf(join(runsFolder, next));
    this.#waiting = undefined;
    this.#scene = this.#watch.look(names.length);
  }

  #watchOf(path: string): Watch {
    const { runsFolder, blot } = this.#parts;
    return new Watch(runFolder(path), nameOfRun(path, runsFolder), blot);
  }
}
