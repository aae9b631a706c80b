/**
 * `npm run test:editor`: the packaged extension in a real VS Code in a browser. Installs that VS Code once, outside the
 * repository. `VELA_SCREENSHOTS=FOLDER` keeps pictures of what was seen.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installKit } from './support/kit.ts';

installKit(line => process.stderr.write(`${line}\n`));
const { status } = spawnSync(
  process.execPath,
  [
    fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url)),
    'run',
    'tests/editor',
    // A browser that is driven by hand, as it were, now and then misses a key.
    '--retry=1',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: { ...process.env, VELA_EDITOR: '1' } },
);
process.exitCode = status ?? 1;
