/**
 * A real VS Code that runs in a browser, from npm alone: code-server, in a folder of its own outside the repository. It is
 * 800 MB, so that no dependency of the project: `npm run test:editor` installs it once.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const VERSION = '4.139.1';

export const KIT = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), `vela-code-server-${VERSION}`);
const PROGRAM = join(KIT, 'node_modules/code-server');
/** Written when all of it is there. */
const DONE = join(KIT, 'installed');

export const CODE_SERVER = join(PROGRAM, 'out/node/entry.js');
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export function hasKit(): boolean {
  return existsSync(DONE);
}

/** About 35 s. The parts of VS Code have lists of packages of their own. */
export function installKit(tell: (line: string) => void): void {
  if (hasKit()) return;
  tell(`installing code-server ${VERSION} into ${KIT}`);
  mkdirSync(KIT, { recursive: true });
  writeFileSync(join(KIT, 'package.json'), '{ "private": true }\n');
  const npm = (folder: string, ...words: readonly string[]) =>
    execFileSync('npm', [...words, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  npm(KIT, 'install', `code-server@${VERSION}`);
  npm(join(PROGRAM, 'lib/vscode'), 'install', '--omit=dev');
  npm(join(PROGRAM, 'lib/vscode/extensions'), 'install', '--omit=dev');
  writeFileSync(DONE, `${VERSION}\n`);
}
