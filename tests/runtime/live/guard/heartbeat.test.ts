/** A loop that stands still ends its process, and the run stays stopped. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStop } from '../../../../runtime/live/folder.ts';
import { beatOnce, createHeartbeat, listen } from '../../../../runtime/live/guard/heartbeat.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-heartbeat-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a heartbeat', () => {
  it('is lost when no beat comes between so many looks, and not before', async () => {
    const heartbeat = createHeartbeat();
    const beats = new Int32Array(heartbeat);
    let lost = 0;
    const count = () => {
      lost += 1;
    };
    const stop = listen(heartbeat, count, { everyMs: 5, mostMissed: 20 });
    for (let i = 0; i < 20; i++) {
      Atomics.add(beats, 0, 1);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    expect(lost).toBe(0);
    for (let i = 0; i < 400 && lost === 0; i++) await new Promise(resolve => setTimeout(resolve, 5));
    stop();
    expect(lost).toBe(1);
  });

  it('goes on while a long journal is read, which lets nothing else have its turn', () => {
    const path = join(folder, 'run.sqlite');
    const written = new JournalDatabase(path, { forced: false });
    for (let seq = 1; seq <= 3500; seq++) written.append({ seq, kind: 'input', body: '{}' });
    written.close();
    const heartbeat = createHeartbeat();
    const database = new JournalDatabase(path, { onRows: () => beatOnce(heartbeat) });
    expect([...database.rows()]).toHaveLength(3500);
    database.close();
    expect(Atomics.load(new Int32Array(heartbeat), 0)).toBe(3);
  });

  it('ends a process whose loop stands still, after it has been stopped', { timeout: 90_000 }, async () => {
    const here = (path: string) => new URL(`../../../../runtime/live/${path}`, import.meta.url).href;
    const code = `import { threadSink } from '${here('store/thread.ts')}';
      import { beat, createHeartbeat } from '${here('guard/heartbeat.ts')}';
      const heartbeat = createHeartbeat();
      beat(heartbeat);
      const rows = threadSink('${join(folder, 'run.sqlite')}', { watch: { heartbeat, folder: '${folder}', mostMissed: 3 } });
      rows.append({ seq: 1, kind: 'input', body: '{}' });
      await rows.durable();
      for (;;) {}`;
    const script = join(folder, 'stands-still.ts');
    writeFileSync(script, code);
    const child = spawn(process.execPath, [script], { stdio: 'ignore' });
    const signal = await new Promise(resolve => child.once('exit', (_, by) => resolve(by)));
    expect(signal).toBe('SIGKILL');
    expect(readStop({ path: folder })).toMatchObject({ by: 'lost heartbeat', flatten: false });
  });
});
