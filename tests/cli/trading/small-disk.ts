/** A file system of its own, small enough to be filled up to the last page. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  fill(): void;
  /** Takes away what filled it. */
  clear(): void;
  unmount(): void;
}

/** Undefined where this is not root's machine: nobody else may mount. */
export function smallDisk(): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'vela-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=72m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true, force: true });
    return undefined;
  }
  const junk = join(path, 'junk');
  return {
    path,
    fill: () => {
      mkdirSync(junk);
      let name = 0;
      for (const bytes of [1024 * 1024, 4 * 1024]) {
        const piece = Buffer.alloc(bytes, 7);
        for (let isRoom = true; isRoom; name++) {
          try {
            writeFileSync(join(junk, String(name)), piece);
          } catch {
            isRoom = false;
          }
        }
      }
    },
    clear: () => rmSync(junk, { recursive: true }),
    unmount: () => {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
