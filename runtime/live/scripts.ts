/** Threads beside a run: one writes its journal, others train. In the published program this module is replaced by one that holds its text. */

export type Script = { readonly file: URL } | { readonly text: string };

const FILES = {
  journal: { file: new URL('./store/worker.ts', import.meta.url) },
  training: { file: new URL('./models/training-thread.ts', import.meta.url) },
} as const;

export const LIVE_SCRIPTS: Readonly<Record<keyof typeof FILES, Script>> = FILES;
