#!/usr/bin/env node
/**
 * Where the published program starts. The rest comes in with the code that V8 made of it before; and an old Node is told
 * so before anything it could stumble over is loaded.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BUILD } from './build.ts';
import { folderOfCode, KeptCode } from './kept_code.ts';

const OLDEST = [20, 16] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(`error: Vela needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}\n`);
  process.exit(3);
}

const main = join(import.meta.dirname, 'chunks', 'main.js');
if (process.env.VELA_DEBUG === '1') {
  // Stack traces then name the sources, not the bundle: Node does that for modules that it loads itself.
  process.setSourceMapsEnabled(true);
  createRequire(import.meta.url)(main);
} else {
  const code = new KeptCode(folderOfCode(BUILD ?? '', process.argv[2] ?? '', process.env));
  process.on('exit', () => code.keep());
  code.load(main);
}
