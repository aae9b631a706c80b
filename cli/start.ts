#!/usr/bin/env node
/**
 * Where the published program starts. V8 keeps the compiled code of what follows on disk, which is why the rest comes in
 * only after that is switched on; and an old Node is told so before anything it could stumble over is loaded.
 */

const OLDEST = [20, 16] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(`error: Vela needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}\n`);
  process.exit(3);
}

// Stack traces then name the sources, not the bundle.
if (process.env.VELA_DEBUG === '1') process.setSourceMapsEnabled(true);
// Since Node 22.1.
process.getBuiltinModule('node:module').enableCompileCache?.();
await import('./main.ts');
