/** What VS Code gives to the scripts of its pages; it may be asked for once. */
export interface Editor<State> {
  readonly postMessage: (message: unknown) => void;
  readonly getState: () => State | undefined;
  readonly setState: (state: State) => void;
}

declare function acquireVsCodeApi<State>(): Editor<State>;

export function editor<State>(): Editor<State> {
  return acquireVsCodeApi<State>();
}
