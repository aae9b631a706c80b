/** The thread that writes the journal. In the published program this module is replaced by one that holds its text. */

export type Script = { readonly file: URL } | { readonly text: string };

const FILES = { journal: { file: new URL('./store/worker.ts', import.meta.url) } } as const;

export const LIVE_SCRIPTS: Readonly<Record<keyof typeof FILES, Script>> = FILES;
