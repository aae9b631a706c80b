/** YAML nodes as plain data, with the place of every key and value by its path, so that a message can point at it. */

import { positionOf } from '../../language/diagnostics/position.ts';
import type { SourceFile, Span } from '../../language/syntax/tree.ts';
import { readDocument, type YamlNode, type YamlScalar } from '../../language/yaml/document.ts';
import { modelError } from '../models/errors.ts';

export interface ReadValue {
  readonly value: unknown;
  /** Of a value, by its JSON pointer: `/model/params/max_depth`. */
  readonly valueAt: ReadonlyMap<string, Span>;
  readonly keyAt: ReadonlyMap<string, Span>;
}

/** Throws E1101 for what is no YAML, or more than plain data: anchors, tags, several documents. */
export function readValue(source: SourceFile): ReadValue {
  const { root, problems } = readDocument(source);
  const [problem] = problems;
  if (problem !== undefined) {
    const { line, column } = positionOf(source, problem.span.start);
    const reason = REASONS[problem.code]?.(problem.facts) ?? problem.code;
    throw modelError('E1101', { reason }, { file: source.name, line, column });
  }
  const valueAt = new Map<string, Span>();
  const keyAt = new Map<string, Span>();
  const plain = (node: YamlNode, path: string): unknown => {
    valueAt.set(path, node.span);
    switch (node.kind) {
      case 'scalar':
        return scalarValue(node, source);
      case 'list':
        return node.items.map((item, i) => plain(item, `${path}/${i}`));
      case 'map':
        return Object.fromEntries(
          node.entries.map(({ key, value }) => {
            const at = `${path}/${pointerPart(key.value)}`;
            keyAt.set(at, key.span);
            return [key.value, plain(value, at)];
          }),
        );
    }
  };
  return { value: root === undefined ? null : plain(root, ''), valueAt, keyAt };
}

export function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What the language's own reader says of a file's form, in a few words. */
const REASONS: Readonly<Record<string, (facts: unknown) => string>> = {
  E0120: facts => (facts as { readonly reason: string }).reason,
  E0122: facts => `\`${(facts as { readonly key: string }).key}\` stands there twice`,
  E0123: facts => `${(facts as { readonly found: string }).found} stands where a key must`,
  E0125: facts => `${(facts as { readonly feature: string }).feature} is more than plain data`,
};

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  TRUE: true,
  false: false,
  False: false,
  FALSE: false,
};
const NUMBER = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

/** YAML's core schema: a plain `1e-3` is a number, a quoted one is text. */
function scalarValue({ value, isEmpty, span }: YamlScalar, { text }: SourceFile): unknown {
  const mark = text.charAt(span.start);
  if (mark === '"' || mark === "'") return value;
  if (isEmpty) return null;
  if (NUMBER.test(value)) return Number(value);
  return WORDS[value] ?? value;
}
