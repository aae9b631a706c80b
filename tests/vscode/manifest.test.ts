/** The extension's description of itself: what it names is there, and what is there is named. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'lsp/vscode');
const text = readFileSync(join(folder, 'package.json'), 'utf8');
const manifest = JSON.parse(text);
const { contributes } = manifest;
const sources = readdirSync(folder)
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

describe('the manifest', () => {
  test('has no version of its own: the program’s is written into the package', () => {
    expect(manifest).not.toHaveProperty('version');
  });

  test('names files that are there, or that packing makes', () => {
    const paths = [...text.matchAll(/"(?:\.\/)?((?:icons|images|walkthrough|snippets|schemas|syntaxes)\/[^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    const made = (path: string) =>
      path.startsWith('syntaxes/') || existsSync(join(root, path.replace(/^schemas\//, 'config/')));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter(path => !existsSync(join(folder, path)) && !made(path))).toEqual([]);
  });

  test('declares the commands that the extension registers, and offers no other', () => {
    const declared: readonly string[] = contributes.commands.map(({ command }: { command: string }) => command);
    const registered = [...sources.matchAll(/registerCommand\(\s*'([^']+)'/g)].map(([, name = '']) => name);
    expect(registered.toSorted()).toEqual(declared.toSorted());
    const offered = [...text.matchAll(/"(?:command"\s*:\s*"|onCommand:)(vela\.\w+)|\(command:(vela\.\w+)\)/g)].map(
      ([, one, other]) => one ?? other,
    );
    expect(offered.filter(name => name !== undefined && !declared.includes(name))).toEqual([]);
  });

  test('describes every setting that the server reads', () => {
    const protocol = readFileSync(join(root, 'lsp/server/protocol.ts'), 'utf8');
    const settings = /export interface Settings \{([\s\S]*?)\n\}/.exec(protocol)?.[1] ?? '';
    const names = [...settings.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name = '']) => name);
    const described: Readonly<Record<string, { readonly markdownDescription?: string }>> = Object.assign(
      {},
      ...contributes.configuration.map(({ properties }: { properties: object }) => properties),
    );
    expect(names.length).toBeGreaterThan(10);
    for (const name of names)
      expect(
        Object.keys(described).filter(key => key === `vela.${name}` || key.startsWith(`vela.${name}.`)),
      ).not.toEqual([]);
    for (const { markdownDescription } of Object.values(described)) expect(markdownDescription).toMatch(/\.$/);
  });

  test('knows the language’s comments and brackets', () => {
    const language = JSON.parse(readFileSync(join(folder, 'language-configuration.json'), 'utf8'));
    expect(language.comments).toEqual({ lineComment: '#' });
    expect(new RegExp(language.folding.markers.start).test('  # region entries')).toBe(true);
    expect(new RegExp(language.folding.markers.end).test('# endregion')).toBe(true);
    const opens = new RegExp(language.indentationRules.increaseIndentPattern);
    expect(opens.test('when dip enter long {')).toBe(true);
    expect(opens.test('risk {   # limits {')).toBe(true);
    expect(opens.test('let a = sma(close, 20)   # {')).toBe(false);
    expect(opens.test('strategy "a {"')).toBe(false);
    expect(new RegExp(language.indentationRules.decreaseIndentPattern).test('  }')).toBe(true);
    const [doc] = language.onEnterRules;
    expect(new RegExp(doc.beforeText).test('## Look-back.')).toBe(true);
    expect(new RegExp(doc.beforeText).test('# Look-back.')).toBe(false);
  });
});
