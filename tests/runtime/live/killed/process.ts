/** A life in a process of its own (child.ts), told and asked through its channel. */
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kind } from './grounds.ts';
import type { Seen } from './histories.ts';
import type { Life } from './life.ts';
import { type Death, LIVES } from './mortal.ts';
import { openStage, type Stage } from './stage.ts';

export type ToChild = 'look' | 'end';

export interface LookAnswer {
  readonly seen: Seen | undefined;
  readonly isSafe: boolean;
  readonly writes: number;
  readonly said: string;
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** A stage whose clock other processes can read. */
export async function openSharedStage(kind: Kind): Promise<Stage> {
  let file: number | undefined;
  let offset = 0;
  const write = () => {
    if (file !== undefined) writeSync(file, new Float64Array([offset]), 0, 8, 0);
  };
  const stage = await openStage({
    kind,
    speed: 1,
    leapt: offsetMs => {
      offset = offsetMs;
      write();
    },
  });
  file = openSync(join(stage.home, 'clock'), 'w');
  write();
  const { close } = stage;
  stage.close = async () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
    await close();
  };
  return stage;
}

function prepare({ ground, home, local }: Stage, strategy: string): void {
  writeFileSync(join(home, 's.vela'), strategy);
  mkdirSync(join(home, 'config'), { recursive: true });
  const venues = { [ground.venue]: { redirect: local.server.redirect, account: 'killed' } };
  // JSON is YAML.
  const system = { system: { venues, logging: { level: 'INFO', handlers: ['console'] } } };
  writeFileSync(join(home, 'config', 'system.yaml'), JSON.stringify(system));
}

export function openProcess(stage: Stage, strategy: string, { at, kind }: Death): Life {
  prepare(stage, strategy);
  const words = [stage.home, at === LIVES.at ? '' : String(at), kind];
  const { key, secret } = stage.local.key;
  const env = { ...process.env, VELA_KILLED_KEY: key, VELA_KILLED_SECRET: secret };
  const child: ChildProcess = fork(CHILD, words, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env });
  let [said, isOver, last]: [string, boolean, LookAnswer | undefined] = ['', false, undefined];
  child.stderr?.on('data', chunk => (said += String(chunk)));
  child.stdout?.on('data', chunk => (said += String(chunk)));
  const over = new Promise<'killed' | 'ended'>((resolve, reject) => {
    child.on('close', (code, signal) => {
      isOver = true;
      if (signal === 'SIGKILL') resolve('killed');
      else if (code === 0) resolve('ended');
      else reject(new Error(`it ended with ${code ?? signal}: ${said}`));
    });
  });
  over.catch(() => {});
  const tell = (ask: ToChild) => child.connected && child.send(ask, () => {});
  return {
    over,
    get isOver() {
      return isOver;
    },
    get isSafe() {
      return last?.isSafe === true;
    },
    get writes() {
      return last?.writes ?? 0;
    },
    get notices() {
      return [
        { level: 'info', what: last?.said ?? '' },
        { level: 'info', what: said },
      ] as const;
    },
    look: async () => {
      const answer = new Promise<LookAnswer>(resolve => child.once('message', resolve));
      tell('look');
      const found = await Promise.race([
        answer,
        over.then(
          () => undefined,
          () => undefined,
        ),
      ]);
      if (found !== undefined) last = found;
      return found?.seen;
    },
    end: () => void tell('end'),
  };
}
