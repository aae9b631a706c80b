/** What a simulated venue keeps: a venue does not forget its orders when the program that sent them dies. */
import type { VenueEvent, VenueOrderState } from '../ports.ts';

/** Part of a bar's life in which something was told: while it was played, or after its close. */
export type Part = 'bar' | 'after';

export interface ToldEvent {
  /** Counted from 1. */
  readonly number: number;
  readonly tick: number;
  readonly part: Part;
  readonly event: VenueEvent;
}

export interface Change {
  /** The venue as it stands after the change, as text. */
  readonly state: string;
  readonly told?: ToldEvent;
  readonly order?: VenueOrderState;
}

export interface VenueMemory {
  state(): string | undefined;
  /** All at once or not at all. */
  save(change: Change): void;
  eventsOf(tick: number, part: Part): readonly ToldEvent[];
  order(clientId: string): VenueOrderState | undefined;
  /** Of each order that was ever placed. */
  clientIds(): readonly string[];
  close(): void;
}

/** For a run that is over when its process is. */
export function fleetingMemory(): VenueMemory {
  let state: string | undefined;
  const told: ToldEvent[] = [];
  const orders = new Map<string, VenueOrderState>();
  return {
    state: () => state,
    save: change => {
      state = change.state;
      if (change.told !== undefined) told.push(change.told);
      if (change.order?.clientId !== undefined) orders.set(change.order.clientId, change.order);
    },
    eventsOf: (tick, part) => told.filter(event => event.tick === tick && event.part === part),
    order: clientId => orders.get(clientId),
    clientIds: () => [...orders.keys()],
    close: () => {},
  };
}
