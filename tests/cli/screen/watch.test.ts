/** What is read from a state folder: keys never get as far as the screen, whole or in part. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { frame } from '../../../cli/live/screen/frame.ts';
import { textOf } from '../../../cli/live/screen/line.ts';
import { FIRST_VIEW, PAGES } from '../../../cli/live/screen/view.ts';
import { Watch } from '../../../cli/live/screen/watch.ts';
import { runFolder, writeStop } from '../../../runtime/live/folder.ts';
import { blotter } from '../../../runtime/monitor/log.ts';
import { temporaryFolder } from '../support.ts';
import { BUSY } from './scenes.ts';

const CANARY = 'CANARY-7f3a91c0d2';

it('blots out keys before anything is cut or wrapped', () => {
  const path = join(temporaryFolder(), `run-${CANARY}`);
  mkdirSync(path);
  const folder = runFolder(path);
  const degraded = [{ code: 'blind', sinceMs: 0, text: `the venue said ${CANARY}` }];
  writeFileSync(
    join(path, 'status.json'),
    JSON.stringify({ ...BUSY, strategy: CANARY, degraded, heartbeatMs: Date.now() }),
  );
  writeFileSync(folder.log, `${JSON.stringify({ level: 'info', time: 0, msg: `refused ${CANARY}` })}\n`);
  writeStop(folder, { by: CANARY, atMs: 0, flatten: false });
  const scene = new Watch(folder, path, blotter({ BINANCE_API_KEY: CANARY })).look(1);
  const beginning = CANARY.slice(0, 9);
  for (const page of PAGES)
    for (let columns = 20; columns < 120; columns += 7) {
      const { lines } = frame(scene, { ...FIRST_VIEW, page }, { columns, rows: 30 });
      expect(lines.map(textOf).join('\n')).not.toContain(beginning);
    }
  expect(JSON.stringify(scene)).toContain('refused [redacted]');
});
