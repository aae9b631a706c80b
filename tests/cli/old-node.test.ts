/** What a Node without SQLite does: the kill switch works, and everything that needs a journal says which Node it needs. */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { prepareFolder, runFolder } from '../../runtime/live/folder.ts';
import { JournalDatabase } from '../../runtime/live/store/database.ts';
import { CROSS, temporaryFolder } from './support.ts';
import { type Ended, end } from './support-run.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** As Node 20 answers when it is asked for a module that it does not have. */
const WITHOUT_SQLITE = 'data:text/javascript,process.getBuiltinModule = () => undefined';

let folder = '';
const vela = (...words: string[]): Promise<Ended> => {
  const env = { ...process.env, VELA_CACHE: '' };
  const child = spawn(process.execPath, ['--import', WITHOUT_SQLITE, MAIN, ...words], { cwd: folder, env });
  return end(child);
};

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 's.vela'), CROSS);
  const run = runFolder(join(folder, '.vela/runs/s-paper'));
  prepareFolder(run, false);
  new JournalDatabase(run.journal).close();
  writeFileSync(join(run.path, 'lock'), '');
});

describe('an old Node', () => {
  it('stops a run, and lets it go on', async () => {
    const stop = join(folder, '.vela/runs/s-paper/stop');
    const stopped = await vela('stop');
    expect(stopped).toMatchObject({ code: 0, log: '' });
    expect(stopped.out).toContain('stopped within a second if a process runs it');
    expect(existsSync(stop)).toBe(true);
    expect(await vela('stop', '--reset')).toMatchObject({ code: 0 });
    expect(existsSync(stop)).toBe(false);
  });

  it.each([['run', 's.vela', '--paper', '--state', 'new'], ['health'], ['diff']])(
    'says which Node it needs: %s',
    async (...words) => {
      const { code, log } = await vela(...words);
      expect(code).toBe(3);
      expect(log).toContain('error[old-node]');
      expect(log).toContain('Node 22.13 or newer');
      expect(existsSync(join(folder, 'new'))).toBe(false);
    },
  );
});
