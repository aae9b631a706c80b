/** Many lives, some at a time: most of each is waiting. */
import { beforeAll, describe, expect, it, test } from 'vitest';
import { type Fault, type Ground, live } from './life.ts';
import { expectSection, type Row, type Section } from './page.ts';

const isDeep = process.env.VELA_DEEP === '1';
const AT_ONCE = 8;

/** Lives through each of them and holds the section of the page against what came of it. */
export function describeLives(section: Section, ground: Ground, faults: readonly Fault[]): void {
  const lived = faults.filter(fault => isDeep || fault.isDeep !== true);
  const rows = new Map<string, Promise<Row>>();

  /** Each begins when one before it is over. */
  function begin(isWanted: (name: string) => boolean): void {
    const waiting: (() => void)[] = [];
    for (const fault of lived.filter(({ name }) => isWanted(name))) {
      const turn = new Promise<void>(resolve => waiting.push(resolve));
      const row = turn.then(() => live(fault, ground));
      rows.set(fault.name, row);
      row.catch(() => undefined).then(() => waiting.shift()?.());
    }
    for (const start of waiting.splice(0, AT_ONCE)) start();
  }

  describe(section, () => {
    // biome-ignore lint/correctness/noEmptyPattern: vitest takes nothing else for its first argument.
    beforeAll(({}, { tasks }) => {
      const skipped = new Set(tasks.flatMap(({ name, mode }) => (mode === 'skip' ? [name] : [])));
      begin(name => !skipped.has(name));
    });
    it.each(lived.map(({ name }) => name))('%s', { timeout: 120_000 }, async name => {
      expect(await rows.get(name)).toBeDefined();
    });
    test('the page says what came of them', { timeout: 120_000 }, async () => {
      const outcomes = faults.map(async ({ name, isDeep: deep = false }) => ({
        name,
        isDeep: deep,
        row: await rows.get(name)?.catch(() => undefined),
      }));
      await expectSection(section, await Promise.all(outcomes));
    });
  });
}
