/** A real terminal for tests: tmux draws what the program sends, and says what stands there. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export class Tmux {
  readonly #socket = `vela-${process.pid}-${Math.floor(performance.now())}`;

  constructor(folder: string, { columns, rows }: TerminalSize, environment: Readonly<Record<string, string>>) {
    const words = ['-x', String(columns), '-y', String(rows), '-c', folder];
    const given = Object.entries({ PS1: '$ ', ...environment }).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.#run('-f', '/dev/null', 'new-session', '-d', '-s', 'v', ...words, ...given, 'sh');
    this.#run('set', '-g', 'status', 'off');
  }

  #run(...words: readonly string[]): string {
    // A person's terminal: neither another tmux nor a machine that runs tests.
    const { CI: _, TMUX: __, NO_COLOR: ___, ...environment } = process.env;
    const env = { ...environment, LANG: 'C.UTF-8' };
    return execFileSync('tmux', ['-L', this.#socket, '-u', ...words], { encoding: 'utf8', env, stdio: 'pipe' });
  }

  /** Types a line and presses Enter. */
  type(line: string): void {
    this.#run('send-keys', '-t', 'v', '-l', line);
    this.#run('send-keys', '-t', 'v', 'Enter');
  }

  /** Keys by tmux's names, one after the other. */
  press(...keys: readonly string[]): void {
    for (const key of keys) this.#run('send-keys', '-t', 'v', key);
  }

  pane(): string {
    return this.#run('capture-pane', '-p', '-t', 'v');
  }

  /** With the colours as they were sent. */
  colouredPane(): string {
    return this.#run('capture-pane', '-p', '-e', '-t', 'v');
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#run('resize-window', '-t', 'v', '-x', String(columns), '-y', String(rows));
  }

  /** As tmux knows it: `alternate_on`, `cursor_flag`, `pane_current_command`. */
  ask(what: string): string {
    return this.#run('display-message', '-p', '-t', 'v', `#{${what}}`).trim();
  }

  /** What the program sends from now on goes into a file too. */
  record(file: string): void {
    this.#run('pipe-pane', '-t', 'v', `cat > ${file}`);
  }

  /** The terminal is closed under whatever runs in it. */
  close(): void {
    try {
      this.#run('kill-server');
    } catch {
      // Its last shell has ended, and it with that.
    }
  }

  /** Waits until the pane shows it, and gives the pane. */
  async shows(expected: RegExp): Promise<string> {
    return until(
      () => this.pane(),
      pane => expected.test(pane),
      () => `the pane never showed ${expected}:\n${this.pane()}`,
    );
  }
}

export async function until<T>(read: () => T, holds: (value: T) => boolean, otherwise: () => string): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const value = read();
    if (holds(value)) return value;
    await sleep(50);
  }
  throw new Error(otherwise());
}
