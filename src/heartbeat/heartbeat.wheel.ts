import { type Session } from '../sessions/session.js';

/** What is known of the heartbeats of one session. Times are monotonic milliseconds. */
export interface Pulse {
  readonly session: Session;
  /** When it was last asked for a sign of life; before the first time, earlier than everything. */
  askedAt: number;
  /** What had arrived by then. */
  bytesRead: number;
  /** Questions in a row without any answer. */
  missed: number;
  slot: number;
  index: number;
}

/** Spreads sessions evenly over the slots of one interval. Adding and removing cost the same however many there are. */
export class HeartbeatWheel {
  private readonly slots: Pulse[][];
  private next = 0;

  constructor(slotCount: number) {
    this.slots = Array.from({ length: slotCount }, () => []);
  }

  get slotCount(): number {
    return this.slots.length;
  }

  /** Slots are filled in turn: sessions that connect together are asked apart, each within one interval. */
  add(session: Session): Pulse {
    const pulse: Pulse = {
      session,
      askedAt: Number.NEGATIVE_INFINITY,
      bytesRead: 0,
      missed: 0,
      slot: this.next,
      index: 0,
    };
    this.next = (this.next + 1) % this.slots.length;
    const slot = this.slotAt(pulse.slot);
    pulse.index = slot.length;
    slot.push(pulse);
    return pulse;
  }

  /** The last of the slot takes the place of the one that leaves. */
  remove(pulse: Pulse): void {
    const slot = this.slotAt(pulse.slot);
    const last = slot.pop();
    if (last === undefined || last === pulse) return;
    slot[pulse.index] = last;
    last.index = pulse.index;
  }

  /** A copy, so that pulses may leave while it is walked. */
  due(slot: number): readonly Pulse[] {
    return [...this.slotAt(slot)];
  }

  private slotAt(slot: number): Pulse[] {
    return this.slots[slot % this.slots.length] as Pulse[];
  }
}
