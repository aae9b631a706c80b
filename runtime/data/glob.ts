/**
 * File patterns: `*`, `?`, `[a-z]`, `{a,b}` within a name, `**` over folders. Our own because Node's is experimental in
 * releases we support. Results are sorted, so that a pattern means the same on every machine.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const MAGIC = /[*?[\]{}]/;

export function isPattern(text: string): boolean {
  return MAGIC.test(text);
}

/** Paths of the files right inside a folder, sorted. Throws where it cannot be listed. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => joined(folder, entry.name))
    .sort();
}

/** Paths of the files that match, sorted; folders never match. Unreadable folders count as empty. */
export function globFiles(pattern: string): string[] {
  const parts = pattern.replaceAll('\\', '/').split('/');
  const fixed = parts.findIndex(isPattern);
  const root = fixed < 0 ? '' : parts.slice(0, fixed).join('/');
  const start = root === '' ? (pattern.startsWith('/') ? '/' : '.') : root;
  const found = new Set<string>();
  walk(start, root === '' && start === '.' ? '' : start, parts.slice(Math.max(fixed, 0)), found);
  return [...found].sort();
}

function walk(folder: string, prefix: string, parts: readonly string[], found: Set<string>): void {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  const entries = entriesOf(folder);
  if (part === '**') {
    walk(folder, prefix, rest, found);
    for (const entry of entries) {
      if (entry.isDirectory()) walk(join(folder, entry.name), joined(prefix, entry.name), parts, found);
    }
    return;
  }
  const matches = nameMatcher(part);
  for (const entry of entries) {
    if (!matches.test(entry.name)) continue;
    const path = joined(prefix, entry.name);
    if (rest.length > 0) {
      if (!entry.isFile()) walk(join(folder, entry.name), path, rest, found);
    } else if (!entry.isDirectory()) found.add(path);
  }
}

function joined(prefix: string, name: string): string {
  return prefix === '' ? name : prefix.endsWith('/') ? `${prefix}${name}` : `${prefix}/${name}`;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A pattern asks which files there are: where nothing can be listed there are none. The caller reports no match.
    return [];
  }
}

/** A name pattern as a regular expression; a leading `.` must be written out, as in a shell. */
function nameMatcher(part: string): RegExp {
  let source = part.startsWith('.') ? '' : '(?!\\.)';
  let braces = 0;
  for (let i = 0; i < part.length; i++) {
    const char = part.charAt(i);
    if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '{') {
      braces++;
      source += '(?:';
    } else if (char === '}' && braces > 0) {
      braces--;
      source += ')';
    } else if (char === ',' && braces > 0) source += '|';
    else if (char === '[' && part.indexOf(']', i + 2) > 0) {
      const end = part.indexOf(']', i + 2);
      const set = part
        .slice(i + 1, end)
        .replaceAll('\\', '\\\\')
        .replace(/^!/, '^');
      source += `[${set}]`;
      i = end;
    } else source += char.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  }
  return new RegExp(`^${source}${')'.repeat(braces)}$`);
}
