// The types of /client.js: see docs/client.md.

/** What a position is made of: the number of the last event that is shown, and the epoch of the story's log. */
export interface Position {
  epoch: string;
  seq: number;
}

export type Kind = "entry.published" | "entry.updated" | "entry.removed" | "story.updated";

/** A change of a story. */
export interface LiveEvent {
  type: "event";
  seq: number;
  kind: Kind;
  /** The entry's id; null for a change of the story. */
  id: string | null;
  rev: number | null;
  /** The time of the commit (RFC 3339). */
  at: string;
  /** The entry, or the head of the story, as the page shows it; absent on removal. */
  html?: string;
  published_at?: string | null;
  key?: boolean;
  pinned?: boolean;
  /** The title of the chapter that begins with the entry. */
  chapter?: string | null;
  /** The entry's line among the key events. */
  key_html?: string | null;
  /** The copy of the entry above the feed, while it is pinned. */
  pin_html?: string | null;
  purged?: boolean;
  /** The Brief at the top of the story's page, if the event changed it. */
  brief_html?: string;
  /** The number of entries published since the Brief was written. */
  brief_since?: number;
  /** Of a change of the story. */
  status?: string;
  title?: string;
}

export interface Heartbeat {
  type: "head";
  head: number;
  readers: number;
  at: string;
}

export type State = "connecting" | "live" | "polling" | "offline";

export interface Options {
  /** The number of the last event that is shown already. Without it, the present. */
  after?: number | null;
  /** The epoch that `after` belongs to. */
  epoch?: string | null;
  /** The kinds that `onEvent` takes; others are counted in `skipped`. */
  kinds?: readonly string[];
  /** Ends the connection for good. */
  signal?: AbortSignal;
  /** Each event once and in order. Where it throws, the story is loaded anew. */
  onEvent?(event: LiveEvent): void;
  /** Nothing that is known of is missing. */
  onLevel?(): void;
  /** The position cannot be resumed: load the story anew and return its position, or nothing for the present. Where it
   * rejects, it is called again, ever more seldom. */
  onReset?(reason: string): Position | undefined | void | Promise<Position | undefined | void>;
  onHeartbeat?(frame: Heartbeat): void;
  onState?(state: State): void;
  /** The server's time. */
  onClock?(at: string | null): void;
}

export class Connection {
  constructor(story: string | URL, options?: Options);
  readonly seq: number | null;
  readonly epoch: string | null;
  readonly state: State | "";
  /** The number of events of unknown kinds. */
  readonly skipped: number;
  /** Begins, or goes on after `stop()`. */
  start(): void;
  /** Until the next `start()`. */
  stop(): void;
  /** For good. */
  close(): void;
  /** Checks the connection, as when a page is visible again. */
  check(): void;
}

/** Follows a story, by the address of its page. */
export function connect(story: string | URL, options?: Options): Connection;
