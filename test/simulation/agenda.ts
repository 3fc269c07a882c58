import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/orchestrator/clock.ts";

type Entry = { readonly atMs: number; readonly order: number; readonly act: () => void };

/** Virtual time: what is to happen, in order. Nothing in a simulated world waits for real time. */
export class Agenda {
  nowMs = 0;
  #order = 0;
  readonly #heap: Entry[] = [];

  after(ms: number, act: () => void): void {
    this.at(this.nowMs + ms, act);
  }

  at(ms: number, act: () => void): void {
    const heap = this.#heap;
    const entry = { atMs: Math.max(this.nowMs, ms), order: this.#order++, act };
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(entry, heap[above])) break;
      heap[place] = heap[above];
      place = above;
    }
    heap[place] = entry;
  }

  /** Does all that is due up to a time, and follows each moment's promises to their end before the next. */
  async runUntil(endMs: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.nowMs = next.atMs;
      for (let due: Entry | undefined = next; due !== undefined && due.atMs === this.nowMs; due = this.#heap[0]) {
        this.#takeFirst();
        due.act();
      }
      await setImmediate();
    }
    this.nowMs = endMs;
  }

  /** A clock of one process: its wall clock is off by so many ms, and its steady one began when it did. */
  clock(offMs: number, isLive: () => boolean, heldUpMs: () => number): Clock {
    const beganMs = this.nowMs;
    return {
      wallMs: () => this.nowMs + offMs,
      steadyMs: () => this.nowMs - beganMs,
      sleep: (ms, signal) => {
        if (signal?.aborted) return Promise.resolve();
        return new Promise((resolve) => {
          const wake = () => {
            const heldMs = heldUpMs();
            if (!isLive()) return;
            if (heldMs > 0) this.after(heldMs, wake);
            else resolve();
          };
          this.after(Math.ceil(ms), wake);
          signal?.addEventListener("abort", () => resolve());
        });
      },
    };
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1], heap[below])) below++;
      if (!isBefore(heap[below], last)) break;
      heap[place] = heap[below];
      place = below;
    }
    heap[place] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
