/**
 * What a person asks of a run that is going on, through its folder: each wish is a file that the run takes, journals and
 * answers. To stop and to go on are not among them: the `stop` file is their wish, and it must work when nothing else does.
 */
export type Wish =
  /** What became of an order that the venue cannot tell of. */
  | { readonly type: 'resolve'; readonly clientId: string; readonly as: 'filled' | 'never'; readonly price?: number }
  /** What is held at the venue beside the ledger is this run's from now on. */
  | { readonly type: 'adopt'; readonly symbol: string }
  /** What is held is no longer this run's: it goes on flat in this instrument, and touches nothing. */
  | { readonly type: 'release'; readonly symbol: string };

export interface WishFile {
  readonly id: string;
  readonly by: string;
  readonly atMs: number;
  readonly wish: Wish;
}

/** `refused`: nothing was done, and why. */
export interface WishAnswer {
  readonly id: string;
  readonly outcome: 'done' | 'refused';
  readonly text: string;
}
