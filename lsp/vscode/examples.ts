/** What is told of an example before it is chosen: its title, and the first sentences of its opening comment. */
export interface Description {
  readonly title: string;
  readonly idea: string;
}

export function describeExample(text: string): Description {
  const title = /^strategy "([^"]*)"/m.exec(text)?.[1] ?? 'Strategy';
  const comment: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const said = /^#(?!#)\s*(.*)$/.exec(line)?.[1];
    if (said === undefined || said === '') break;
    comment.push(said);
  }
  return { title, idea: comment.join(' ') };
}

/** `sma_cross.vela`, or `sma_cross_2.vela` where there is one. */
export function fileNameFor(wanted: string, taken: ReadonlySet<string>): string {
  const stem = wanted.replace(/\.vela$/, '');
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${stem}_${number}.vela`;
    if (!taken.has(name)) return name;
  }
}
