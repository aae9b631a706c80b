import { describe, expect, it } from 'vitest';
import { type Diagnostic, inFileOrder, render, toJson } from '../../../language/index.ts';
import { sourceOf } from '../../support/language.ts';

function diagnostic(text: string, word: string, more: Partial<Diagnostic> = {}): Diagnostic {
  const start = text.indexOf(word);
  return {
    code: 'E0000',
    severity: 'error',
    file: sourceOf(text),
    span: { start, end: start + word.length },
    message: 'something is wrong',
    related: [],
    ...more,
  };
}

describe('text', () => {
  it('shows the line, the carets, the cause, the reason and the mend', () => {
    const text = `${'\n'.repeat(18)}label edge = ahead(close, 6) / close - 1\n${'\n'.repeat(11)}signal buy = edge > 0.8\n`;
    const file = sourceOf(text);
    const cause = { start: 18, end: 18 + 'label edge = ahead(close, 6) / close - 1'.length };
    const at = text.lastIndexOf('edge');
    const shown = render({
      code: 'E0301',
      severity: 'error',
      file,
      span: { start: at, end: at + 4 },
      message: 'signal `buy` uses the future',
      label: '`edge` is a label: it reads up to 6 bars ahead',
      related: [{ file, span: cause, message: 'here' }],
      explanation: 'A label is the answer the model learns; at trade time nobody knows it yet.',
      help: "use the model's forecast: `predict(gbm, x) > 0.8`",
    });
    expect(shown).toBe(
      [
        'error[E0301]: signal `buy` uses the future',
        '  31 | signal buy = edge > 0.8',
        '     |              ^^^^ `edge` is a label: it reads up to 6 bars ahead',
        '  19 | label edge = ahead(close, 6) / close - 1    ← here',
        '  A label is the answer the model learns; at trade time nobody knows it yet.',
        "  help: use the model's forecast: `predict(gbm, x) > 0.8`",
      ].join('\n'),
    );
  });

  it('names the place when asked', () => {
    expect(render(diagnostic('let x = 1\nlet y = 2\n', 'y'), { place: true }).split('\n')[1]).toBe(
      '  example.vela:2:5',
    );
  });

  it('points at the first line of what spans several', () => {
    expect(render(diagnostic('risk {\n  cap\n}\n', 'risk {\n  cap\n}'))).toBe(
      'error[E0000]: something is wrong\n   1 | risk {\n     | ^^^^^^',
    );
  });

  it('shows a long line only around what matters', () => {
    const shown = render(diagnostic(`${'a + '.repeat(200)}wrong${' + b'.repeat(200)}`, 'wrong'));
    const [, line = '', carets = ''] = shown.split('\n');
    expect(line.length).toBeLessThan(125);
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('wrong');
  });

  it('keeps carets beneath their word after tabs and emoji', () => {
    const [, line = '', carets = ''] = render(diagnostic('\tlet x = "🚀" + wrong', 'wrong')).split('\n');
    expect([...line].slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1).join('')).toBe('wrong');
  });

  it('marks the end of a file where something is missing', () => {
    const text = 'let x =';
    const shown = render({ ...diagnostic(text, 'let'), span: { start: text.length, end: text.length } });
    expect(shown.split('\n')[2]).toBe('     |        ^');
  });

  it('says in which file the cause stands', () => {
    const other = { name: 'stdlib/a.vela', text: 'fn f() -> num = 1\n', form: 'vela' } as const;
    const related = [{ file: other, span: { start: 0, end: 4 }, message: 'inside `f`' }];
    expect(render(diagnostic('let x = f()\n', 'f()', { related }))).toContain(
      '   1 | fn f() -> num = 1    ← inside `f`, in stdlib/a.vela',
    );
  });

  it('colours only when asked, and changes nothing else', () => {
    const one = diagnostic('let x = 1\n', 'x', { help: 'mend it' });
    const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
    expect(render(one, { colour: true })).toMatch(colour);
    expect(render(one, { colour: true }).replace(colour, '')).toBe(render(one));
  });
});

describe('json', () => {
  it('gives lines and columns from 1', () => {
    const edits = [{ span: { start: 14, end: 15 }, text: 'z' }];
    const one = diagnostic('let x = 1\nlet y = 2\n', 'y', { fix: { title: 'Write `z`', safe: false, edits } });
    expect(toJson(one)).toEqual({
      file: 'example.vela',
      code: 'E0000',
      severity: 'error',
      message: 'something is wrong',
      range: { start: { line: 2, column: 5 }, end: { line: 2, column: 6 } },
      related: [],
      fix: {
        title: 'Write `z`',
        safe: false,
        edits: [{ range: { start: { line: 2, column: 5 }, end: { line: 2, column: 6 } }, text: 'z' }],
      },
    });
  });
});

describe('order', () => {
  it('is that of the file', () => {
    const text = 'let x = 1\nlet y = 2\n';
    const [x, y] = [diagnostic(text, 'x'), diagnostic(text, 'y')];
    expect(inFileOrder([y, x])).toEqual([x, y]);
  });
});
