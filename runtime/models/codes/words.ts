/** What a code of the models' room consists of: its facts are given where it is raised, its words are written once. */
export interface ModelWords<Facts> {
  readonly severity: 'error' | 'warning';
  /** The machine's fault: a disk that is full, a package that is not installed. */
  readonly environment?: true;
  /** The fault of how the command was asked. */
  readonly usage?: true;
  /** Head of the code's page. */
  readonly title: string;
  /** One plain sentence without the place, no final stop. */
  readonly message: (facts: Facts) => string;
  /** Why this matters, for the page and under the message. */
  readonly why: string;
  readonly mend: (facts: Facts) => string;
}

/** States the facts of an entry. */
export function words<Facts>(entry: ModelWords<Facts>): ModelWords<Facts> {
  return entry;
}
