/**
 * Code that is started beside this thread (start.ts): in a thread of its own, or in a process whose death does no harm. In
 * the published program this module is replaced by one that holds the text of the files (tools/embed.ts).
 */
export type Script = { readonly file: URL } | { readonly text: string };

const FILES = {
  session: { file: new URL('./inference/session-thread.ts', import.meta.url) },
  trial: { file: new URL('./inference/trial-child.ts', import.meta.url) },
} as const;

export const SCRIPTS: Readonly<Record<keyof typeof FILES, Script>> = FILES;
