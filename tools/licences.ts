/**
 * The licences of what is bundled: their texts must travel with the program. Packages are found from the bundle's list
 * of inputs, so that none can be forgotten.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The charting library and its helper come in as text, not as modules. */
const EMBEDDED_AS_TEXT = ['lightweight-charts', 'fancy-canvas'];

export function licences(root: string, inputs: readonly string[]): string {
  const names = new Set(EMBEDDED_AS_TEXT);
  for (const input of inputs) {
    const name = input.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
    if (name !== undefined) names.add(name);
  }
  return [...names]
    .sort()
    .map(name => licenceOf(join(root, 'node_modules', name), name))
    .join(`\n${'-'.repeat(100)}\n\n`);
}

function licenceOf(folder: string, name: string): string {
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter(file => /^(licen[cs]e|notice|copying)/i.test(file))
    .filter(file => existsSync(join(folder, file)))
    .map(file => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts, ''].join('\n\n');
}
