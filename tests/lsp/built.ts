/** The program as it is published, built once for a test file, and editors that talk to it in a folder of their own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { Editor, type Options } from './client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Built {
  readonly program: readonly string[];
  /** An editor in a fresh folder that holds the files. */
  readonly editor: (files?: Readonly<Record<string, string>>, options?: Partial<Options>) => Promise<Editor>;
  readonly folder: () => string;
}

export function withBuiltServer(): Built {
  const home = mkdtempSync(join(tmpdir(), 'vela-lsp-'));
  const program = process.env.VELA_PROGRAM ?? join(home, 'dist', 'vela.js');
  const editors: Editor[] = [];
  let number = 0;
  beforeAll(() => {
    if (process.env.VELA_PROGRAM === undefined) {
      execFileSync(process.execPath, [join(root, 'tools/build.ts'), join(home, 'dist')], { stdio: 'pipe' });
    }
  });
  afterAll(async () => {
    for (const editor of editors) if (editor.server.exitCode === null) editor.server.kill();
    rmSync(home, { recursive: true, force: true });
  });
  const folder = () => {
    const path = join(home, `project-${number++}`);
    mkdirSync(path);
    return path;
  };
  return {
    program: [process.execPath, program],
    folder,
    editor: async (files = {}, options = {}) => {
      const at = options.folder ?? folder();
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(at, name)), { recursive: true });
        writeFileSync(join(at, name), text);
      }
      const editor = await Editor.start({
        program: [process.execPath, program],
        folder: at,
        environment: { VELA_CACHE: join(home, 'cache') },
        settings: { runs: false },
        ...options,
      });
      editors.push(editor);
      return editor;
    },
  };
}
